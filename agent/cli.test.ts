import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createServerKey, Peer, problem } from "@/agent/testing/peer";

const built = mkdtempSync(join(tmpdir(), "keyward-build-"));
const program = join(built, "keyward-agent.mjs");
beforeAll(() => void execFileSync(process.execPath, ["scripts/build-agent.mjs", built]));
afterAll(() => rmSync(built, { recursive: true, force: true }));

let peer: Peer;
let home: string;
let state: string;
const running: ChildProcess[] = [];

beforeEach(async () => {
  peer = new Peer();
  await peer.listen();
  home = mkdtempSync(join(tmpdir(), "keyward-cli-"));
  state = join(home, "state");
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await once(child, "exit");
  }
  await peer.close();
  rmSync(home, { recursive: true, force: true });
});

interface Outcome {
  code: number;
  out: string;
  err: string;
}

const environment = (env: Record<string, string>) => ({ ...process.env, KEYWARD_AGENT_STATE: state, ...env });

function agent(args: string[], { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {}) {
  return new Promise<Outcome>((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env: environment(env) }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
    child.stdin?.end(input);
  });
}

const enrol = () => agent(["enrol", peer.url, "--token-file", "-"], { input: `${peer.token}\n` });

/** Starts `run` and waits for a line that says what is expected. */
async function startRun(expected: RegExp): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, "run"], { env: environment({}), stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let text = "";
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (expected.test(text)) break;
  }
  expect(text).toMatch(expected);
  return child;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 10_000 && !condition(); waited += 20) await sleep(20);
  expect(condition()).toBe(true);
}

describe("enrol", () => {
  it("joins with a token from standard input, says what is next, and leaves no token behind", async () => {
    peer.status = "pending";
    const kid = peer.serverKeys[0]?.kid ?? "";
    const { code, out } = await enrol();
    expect(code).toBe(0);
    expect(out).toContain("Enrolled at");
    expect(out).toContain("Waiting for approval");
    expect(out).toContain(kid);
    for (const name of readdirSync(state)) expect(readFileSync(join(state, name), "utf8")).not.toContain(peer.token);
    const body = peer.requests.find(({ route }) => route === "POST /enrolments")?.body;
    expect(body).toMatchObject({ agent: { os: "linux" }, jwk: { kty: "OKP" } });
    expect(JSON.stringify(body)).not.toContain('"d"');
  });

  it("repeated does nothing, and elsewhere is refused until the device was taken out", async () => {
    await enrol();
    expect(await enrol()).toMatchObject({ code: 0, out: expect.stringContaining("Already enrolled") });
    expect(peer.tokenUses).toBe(1);
    const elsewhere = await agent(["enrol", "https://other.example.com"], { env: { KEYWARD_TOKEN: peer.token } });
    expect(elsewhere).toMatchObject({ code: 4, err: expect.stringContaining("unenrol") });
  });

  it("whose answer is lost asks again with the same key, and uses the token once", async () => {
    let lost = 0;
    peer.after = ({ route }, answer) =>
      route === "POST /enrolments" && lost++ < 1 ? { ...answer, loseIt: true } : undefined;
    expect((await enrol()).code).toBe(0);
    expect(peer.tokenUses).toBe(1);
    expect(new Set(peer.requests.flatMap(({ kid }) => kid ?? [])).size).toBe(1);
  });

  it("that never heard an answer is finished later without a token", async () => {
    peer.after = ({ route }, answer) => (route === "POST /enrolments" ? { ...answer, loseIt: true } : undefined);
    const { code } = await enrol();
    expect(code).toBe(5);
    peer.after = undefined;
    expect(await agent(["enrol", peer.url])).toMatchObject({ code: 0, out: expect.stringContaining("Enrolled at") });
    expect(peer.tokenUses).toBe(1);
  }, 60_000);

  it("refuses a bad token, a missing one, a wrong server key, plain http and a path, each with what to do", async () => {
    const token = { env: { KEYWARD_TOKEN: peer.token } };
    expect(await agent(["enrol", peer.url])).toMatchObject({ code: 2, err: expect.stringContaining("--token-file") });
    expect(await agent(["enrol", peer.url, "--token", "secret"])).toMatchObject({
      code: 2,
      err: expect.not.stringContaining("secret"),
    });
    expect(await agent(["enrol", peer.url, "--token", "0".repeat(16)])).toMatchObject({ code: 4 });
    const wrongKey = ["enrol", peer.url, "--server-key", createServerKey().kid];
    expect(await agent(wrongKey, token)).toMatchObject({
      code: 4,
      err: expect.stringContaining("does not hold the server key"),
    });
    expect(await agent(["enrol", "http://keyward.example.com"], token)).toMatchObject({
      code: 2,
      err: expect.stringContaining("https"),
    });
    expect(await agent(["enrol", `${peer.url}/console?x=1`], token)).toMatchObject({ code: 2 });
    expect(peer.tokenUses).toBe(0);
  });
});

describe("an enrolled device", () => {
  beforeEach(enrol);

  it("syncs, and status tells people and programs how it stands", async () => {
    expect(await agent(["sync"])).toMatchObject({ code: 0, out: expect.stringContaining("Checked in: active.") });
    const { out } = await agent(["status", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      isEnrolled: true,
      status: "active",
      tags: ["laptops"],
      runningPid: null,
      problem: null,
      unsentReports: 0,
      desiredEtag: expect.stringMatching(/^ds1-/),
    });
    expect(await agent(["status"])).toMatchObject({ code: 0, out: expect.stringMatching(/^Device +web-01/) });
  });

  it("that waits for approval is told so, and is no failure", async () => {
    peer.status = "pending";
    expect(await agent(["sync"])).toMatchObject({ code: 0, out: expect.stringContaining("Waiting for approval") });
    expect(JSON.parse((await agent(["status", "--json"])).out)).toMatchObject({
      status: "pending",
      problem: { code: "device-pending" },
    });
  });

  it("rotates its key and goes on working", async () => {
    expect(await agent(["rotate-key"])).toMatchObject({ code: 0, out: expect.stringContaining("was replaced by") });
    expect((await agent(["sync"])).code).toBe(0);
    expect(peer.requests.filter(({ route }) => route === "POST /keys")[0]?.body).toMatchObject({ reason: "manual" });
  });

  it("leaves only when that is meant, and takes key and state with it", async () => {
    expect((await agent(["unenrol"])).code).toBe(2);
    await peer.close();
    expect((await agent(["unenrol", "--yes"])).code).toBe(5);
    expect((await agent(["status"])).code).toBe(0);
    expect((await agent(["unenrol", "--yes", "--local"])).code).toBe(0);
    expect(readdirSync(state)).toEqual([]);
    expect(JSON.parse((await agent(["status", "--json"])).out)).toMatchObject({ isEnrolled: false });
    expect((await agent(["status"])).code).toBe(3);
  });

  it("tells the server when it leaves, and can join again as a new device", async () => {
    const before = [...peer.deviceKeys.keys()];
    expect((await agent(["unenrol", "--yes"])).code).toBe(0);
    expect(peer.routes()).toContain("DELETE /self");
    expect((await enrol()).code).toBe(0);
    expect([...peer.deviceKeys.keys()]).not.toEqual(before);
  });

  it("will not work with a key that others may read", async () => {
    chmodSync(join(state, "identity.key"), 0o644);
    expect(await agent(["sync"])).toMatchObject({ code: 7, err: expect.stringContaining("chmod 600") });
  });

  it("has one process at work, and stops it gently", async () => {
    const child = await startRun(/Applied the desired state/);
    expect((await agent(["sync"])).code).toBe(6);
    expect(JSON.parse((await agent(["status", "--json"])).out).runningPid).toBe(child.pid);
    const before = peer.requests.length;
    child.kill("SIGHUP");
    await until(() => peer.requests.length > before);
    child.kill("SIGTERM");
    const [code]: unknown[] = await once(child, "exit");
    expect(code).toBe(0);
    expect(existsSync(join(state, "lock"))).toBe(false);
  });

  it("goes on after kill -9 as if nothing had happened", async () => {
    const child = await startRun(/Applied the desired state/);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await agent(["sync"])).toMatchObject({ code: 0 });
  });

  it("stops for good when it is retired, and says what to do", async () => {
    peer.status = "retired";
    const child = spawn(process.execPath, [program, "run"], { env: environment({}), stdio: "ignore" });
    running.push(child);
    const [code]: unknown[] = await once(child, "exit");
    expect(code).toBe(4);
    expect(await agent(["status"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Status +retired[\s\S]*What to do/),
    });
    expect((await agent(["unenrol", "--yes"])).code).toBe(0);
  });

  it("keeps running while it is pending or the server is broken", async () => {
    peer.status = "pending";
    const child = spawn(process.execPath, [program, "run"], { env: environment({}), stdio: "ignore" });
    running.push(child);
    await until(() => peer.routes().includes("POST /checkins"));
    peer.instead = () => ({ ...problem("internal", 500), isUnsigned: true });
    const before = peer.requests.length;
    child.kill("SIGHUP");
    await until(() => peer.requests.length > before);
    peer.instead = undefined;
    peer.status = "active";
    child.kill("SIGHUP");
    await until(() => peer.routes().includes("GET /desired-state"));
    expect(child.exitCode).toBeNull();
  });
});

it("joins again with the same key, if the server lost it and a token file was left for that", async () => {
  const file = join(home, "token");
  writeFileSync(file, peer.token, { mode: 0o600 });
  await agent(["enrol", peer.url, "--token-file", file]);
  const [kid] = peer.deviceKeys.keys();
  peer.deviceKeys.clear();
  await startRun(/enrolled again with the same key/);
  expect([...peer.deviceKeys.keys()]).toEqual([kid]);
});

it("explains itself, and refuses commands and options it does not have", async () => {
  expect(await agent([])).toMatchObject({ code: 0, out: expect.stringContaining("rotate-key") });
  expect(await agent(["version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect((await agent(["dance"])).code).toBe(2);
  expect((await agent(["sync", "--fast"])).code).toBe(2);
  expect((await agent(["toString"])).code).toBe(2);
});

it("the installer carries the bundle's checksum and unit, and with --dry-run changes nothing", async () => {
  const installer = join(built, "install.sh");
  const text = readFileSync(installer, "utf8");
  expect(text).toContain(readFileSync(`${program}.sha256`, "utf8").split(" ")[0]);
  expect(text).toContain("ExecStart=/usr/local/bin/keyward-agent run");
  const sh = (args: string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile("sh", [installer, ...args], (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const before = existsSync("/usr/local/lib/keyward-agent");
  const dry = await sh(["https://keyward.example.com", "--dry-run", "--token-file", "/run/token", "--server-key", "k"]);
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining("Nothing was changed.") });
  expect(dry.out).toContain(
    "enrol https://keyward.example.com --state-dir /var/lib/keyward-agent --token-file /run/token",
  );
  expect(existsSync("/usr/local/lib/keyward-agent")).toBe(before);
  expect((await sh(["http://keyward.example.com", "--dry-run"])).code).toBe(2);
  expect((await sh([])).code).toBe(2);
});
