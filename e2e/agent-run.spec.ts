import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { freePort } from "../scripts/lib/embedded-postgres.mjs";
import { type Agent, newAgent } from "./fixtures/agent";
import { ADMIN, signIn, trpc } from "./fixtures/organisation";
import { type RunningServer, startServer } from "./fixtures/server";

/** Exit code of a second agent on one state directory. */
const BUSY = 6;

let server: RunningServer;
let restarted: RunningServer | undefined;
let agentProcess: ChildProcess | undefined;
let port: number;
test.beforeAll(async () => {
  port = await freePort();
  server = await startServer({
    port,
    env: { KEYWARD_INIT_ADMIN_USERNAME: ADMIN.username, KEYWARD_INIT_ADMIN_PASSWORD: ADMIN.password },
  });
});
test.afterAll(async () => {
  agentProcess?.kill("SIGKILL");
  await restarted?.stop();
  await server?.stop();
});

/** The agent as a service runs it, with everything it says. */
function startAgent({ stateDir }: Agent) {
  const child = spawn(process.execPath, ["dist/agent/keyward-agent.mjs", "run", "--state-dir", stateDir], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  agentProcess = child;
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const says = (text: string | RegExp) => expect.poll(() => said, { timeout: 40_000 }).toMatch(text);
  return {
    child,
    says,
    /** Has it do a round now, and waits until it says this about it. */
    async nudge(text: string | RegExp) {
      said = "";
      child.kill("SIGHUP");
      await says(text);
    },
  };
}

async function enrolled(page: Page): Promise<{ agent: Agent; deviceId: string }> {
  const agent = newAgent();
  const { secret } = await trpc<{ secret: string }>(page, "enrolment.create", { name: "long-lived" });
  expect(await agent.run("enrol", server.url, "--token", secret)).toMatchObject({ code: 0 });
  const { deviceId } = JSON.parse((await agent.run("status", "--json")).stdout) as { deviceId: string };
  return { agent, deviceId };
}

test("a running agent waits for approval, works, outlives its server, keeps others off and stops when told", async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const page = await browser.newPage({ baseURL: server.url });
  await signIn(page);
  const { agent, deviceId } = await enrolled(page);
  const running = startAgent(agent);
  await running.says(/works for/);

  await test.step("waits for approval and becomes active without being enrolled again", async () => {
    await running.nudge(/device-pending/);
    await trpc(page, "devices.approve", { id: deviceId });
    await running.nudge(/Applied the desired state ds1-/);
  });

  await test.step("is the only one on its state directory", async () => {
    const second = await agent.run("run");
    expect(second.code).toBe(BUSY);
    expect(second.stderr).toContain(`process ${running.child.pid}`);
    expect((await agent.run("sync")).code).toBe(BUSY);
    expect(JSON.parse((await agent.run("status", "--json")).stdout)).toMatchObject({ runningPid: running.child.pid });
  });

  await test.step("keeps running when the server is gone, and says so", async () => {
    const gone = once(server.process, "exit");
    server.process.kill("SIGTERM");
    await gone;
    await running.nudge(/does not answer/);
    expect(running.child.exitCode).toBeNull();
    const status = JSON.parse((await agent.run("status", "--json")).stdout);
    expect(status).toMatchObject({ status: "active", problem: { code: "unreachable" } });
  });

  await test.step("comes back by itself once the server does", async () => {
    const env = server.databaseUrl ? { DATABASE_URL: server.databaseUrl } : undefined;
    restarted = await startServer({ port, dataDir: server.dataDir, env });
    await running.says(/Checked in: active/);
    expect(JSON.parse((await agent.run("status", "--json")).stdout)).toMatchObject({ problem: null });
  });

  await test.step("ends cleanly on SIGTERM and leaves the directory free", async () => {
    const ended = once(running.child, "exit");
    running.child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    await running.says(/Stopped\./);
    expect(existsSync(join(agent.stateDir, "lock"))).toBe(false);
    expect((await agent.run("sync")).code).toBe(0);
  });
});
