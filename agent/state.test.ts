import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeLeftovers, writeAtomically } from "@/agent/atomic-file";
import { createKey, keyFiles, loadKey, promoteNextKey } from "@/agent/keys";
import { acquireLock, lockOwner } from "@/agent/lock";
import { defaultStateDir, openStateDir, readEnrolment } from "@/agent/state";

let dir: string;
beforeEach(() => {
  dir = openStateDir(mkdtempSync(join(tmpdir(), "keyward-state-")));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A program of a few lines over our own modules, for a process that is to be killed. */
function compile(contents: string, outfile: string): string {
  const stdin = { contents, resolveDir: process.cwd(), loader: "ts" } as const;
  buildSync({ stdin, outfile, bundle: true, platform: "node", format: "esm" });
  return outfile;
}

const mode = (path: string) => statSync(path).mode & 0o777;

describe("the state directory", () => {
  it("is closed to others, and refused when it is not", () => {
    const made = openStateDir(join(dir, "new", "state"));
    expect(mode(made)).toBe(0o700);
    chmodSync(made, 0o755);
    expect(() => openStateDir(made)).toThrow("open to other users");
    writeFileSync(join(dir, "file"), "");
    expect(() => openStateDir(join(dir, "file"))).toThrow();
  });

  it("is where KEYWARD_AGENT_STATE says, or by who runs the agent", () => {
    expect(defaultStateDir("agent", { NODE_ENV: "test", KEYWARD_AGENT_STATE: "/x" })).toBe("/x");
    const own = defaultStateDir("agent", { NODE_ENV: "test" });
    if (process.getuid?.() === 0) expect(own).toBe("/var/lib/keyward-agent");
    else expect(own).toMatch(/\/\.local\/state\/keyward-agent$/);
  });

  it("with a damaged enrolment says so instead of starting over", () => {
    expect(readEnrolment(dir)).toBeUndefined();
    for (const text of ["{", "[]", '{"url":"x"}']) {
      writeFileSync(join(dir, "enrolment.json"), text);
      expect(() => readEnrolment(dir)).toThrow(/damaged|cannot be read/);
    }
  });
});

describe("the key file", () => {
  it("is 0600, and refused when others may read it or it is a link", () => {
    const { kid } = createKey(dir, "current");
    const path = join(dir, keyFiles.current);
    expect(mode(path)).toBe(0o600);
    expect(loadKey(dir, "current")?.kid).toBe(kid);
    for (const loose of [0o640, 0o604, 0o660, 0o700 + 0o007]) {
      chmodSync(path, loose);
      expect(() => loadKey(dir, "current")).toThrow("can be read by other users");
    }
    chmodSync(path, 0o600);
    symlinkSync(path, join(dir, keyFiles.next));
    expect(() => loadKey(dir, "next")).toThrow("cannot be opened");
  });

  it("of a next key takes the current one's place in one step", () => {
    createKey(dir, "current");
    const next = createKey(dir, "next");
    promoteNextKey(dir);
    expect(loadKey(dir, "current")?.kid).toBe(next.kid);
    expect(loadKey(dir, "next")).toBeUndefined();
  });

  it("that holds no usable key is an error, not a new identity", () => {
    writeFileSync(join(dir, keyFiles.current), "hello", { mode: 0o600 });
    expect(() => loadKey(dir, "current")).toThrow("does not hold");
  });
});

describe("a file written atomically", () => {
  const bundle = () => {
    const outfile = join(dir, "writer.mjs");
    const contents = `
      import { writeAtomically } from "@/agent/atomic-file";
      for (let round = 0; ; round += 1) {
        const filler = String(round % 10).repeat(50_000);
        writeAtomically(process.argv[2], JSON.stringify({ round, filler }));
        if (round === 0) process.stdout.write("ready");
      }`;
    return compile(contents, outfile);
  };

  it("is complete whenever its writer is killed", async () => {
    const program = bundle();
    const path = join(dir, "data.json");
    for (let round = 0; round < 8; round += 1) {
      const child = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      await sleep(round * 7);
      child.kill("SIGKILL");
      await once(child, "exit");
      const content: { round: number; filler: string } = JSON.parse(readFileSync(path, "utf8"));
      expect(content.filler).toBe(String(content.round % 10).repeat(50_000));
    }
    removeLeftovers(dir);
    expect(readdirSync(dir).sort()).toEqual(["data.json", "writer.mjs"]);
  });

  it("has the mode asked for from the first instant", () => {
    writeAtomically(join(dir, "open"), "x", 0o644);
    writeAtomically(join(dir, "closed"), "x");
    expect([mode(join(dir, "open")), mode(join(dir, "closed"))]).toEqual([0o644, 0o600]);
  });
});

describe("the lock", () => {
  const program = () => {
    const outfile = join(dir, "holder.mjs");
    const contents = `
      import { acquireLock } from "@/agent/lock";
      try { acquireLock(process.argv[2]); process.stdout.write("held"); setInterval(() => undefined, 1000); }
      catch { process.stdout.write("refused"); }`;
    return compile(contents, outfile);
  };
  const start = async (file: string): Promise<[ChildProcess, string]> => {
    const child = spawn(process.execPath, [file, dir], { stdio: ["ignore", "pipe", "inherit"] });
    const [data]: unknown[] = await once(child.stdout, "data");
    return [child, String(data)];
  };

  it("admits one of many processes that start together, and one again after that was killed", async () => {
    const file = program();
    for (let round = 0; round < 3; round += 1) {
      const started = await Promise.all([1, 2, 3, 4].map(() => start(file)));
      expect(started.map(([, text]) => text).sort()).toEqual(["held", "refused", "refused", "refused"]);
      for (const [child, text] of started) {
        if (text === "held") expect(lockOwner(dir)).toBe(child.pid);
        child.kill("SIGKILL");
      }
      await Promise.all(
        started.map(([child]) => child.exitCode === null && child.signalCode === null && once(child, "exit")),
      );
      expect(lockOwner(dir)).toBeUndefined();
    }
  });

  it("is refused while it is held, free after its release, and not released by another", () => {
    const release = acquireLock(dir);
    expect(() => acquireLock(dir)).toThrow("Another agent works on");
    release();
    const again = acquireLock(dir);
    release();
    expect(lockOwner(dir)).toBe(process.pid);
    again();
    expect(existsSync(join(dir, "lock"))).toBe(false);
  });

  it("of a process that is gone, of another boot, or of nobody is taken over", () => {
    const owners = [
      { pid: 2 ** 22 + 1, bootId: "x", startedAt: "1", id: "a" },
      { pid: process.pid, bootId: "another boot", startedAt: "1", id: "a" },
      "garbage",
    ];
    for (const owner of owners) {
      writeFileSync(join(dir, "lock"), JSON.stringify(owner));
      acquireLock(dir)();
    }
  });
});
