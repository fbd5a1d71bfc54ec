import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { newAgent } from "./fixtures/agent";
import { type RunningServer, startServer } from "./fixtures/server";

/**
 * The one thing Keyward is for, from its first start to cutting a machine off, with nothing but what people have: a
 * browser and the agent. Each test goes on where the one before it ended.
 */
test.describe.configure({ mode: "serial" });

const ADMIN = { username: "grace", password: "seven slow boats on a quiet lake" };
const MACHINE = "build-server-1";

/** Exit code of the agent when an operator is needed, on the word of a server it knows. */
const REFUSED = 4;

const agent = newAgent();
const token = { secret: "", serverKey: "" };
let server: RunningServer;
let page: Page;

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  page = await browser.newPage({ baseURL: server.url });
});
test.afterAll(async () => {
  await page?.close();
  await server?.stop();
});

const status = async () => JSON.parse((await agent.run("status", "--json")).stdout);
const badge = (text: string): Locator => page.getByRole("main").getByText(text, { exact: true }).first();

/** Answers the question that is open. */
async function confirm(button: string, typed?: string): Promise<void> {
  const question = page.getByRole("dialog", { name: /\?$/ });
  if (typed) await question.getByRole("textbox").fill(typed);
  await question.getByRole("button", { name: button }).click();
  await expect(question).toBeHidden();
}

test("the printed link sets Keyward up, once, and whom it made can sign in", async () => {
  const link = server.setupLink ?? "no set-up link was printed";
  await page.goto(link);
  await page.getByLabel("User name").fill(ADMIN.username);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.waitForURL("**/overview");
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByRole("button", { name: "Create administrator" })).toHaveCount(0);
  await page.goto("/enrolment");
  await page.getByLabel("User name or e-mail").fill(ADMIN.username);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Enrolment" })).toBeVisible();
});

test("a token is made and shown this once, with the command to run", async () => {
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Build servers");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const shown = page.getByRole("figure", { name: "Enrolment token" });
  await expect(shown).toHaveText(/^\s*[0-9a-f]{16}\s*$/);
  token.secret = (await shown.textContent())?.trim() ?? "";
  const command = await page.getByRole("figure", { name: "Join command" }).first().textContent();
  token.serverKey = /--server-key (\S+)/.exec(command ?? "")?.[1] ?? "";
  expect(command).toContain(token.secret);
  await page.getByLabel("I stored it").check();
  await page.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await expect(page.getByText(token.secret)).toHaveCount(0);
});

test("a machine joins with it at the server whose key it was given, and nobody joins with it again", async () => {
  const join = (...more: string[]) => agent.run("enrol", server.url, "--token", token.secret, ...more);
  expect(await join(`--server-key=${"A".repeat(43)}`)).toMatchObject({ code: REFUSED });
  const joined = await join(`--server-key=${token.serverKey}`, "--name", MACHINE);
  expect(joined).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Waiting for approval") });
  const other = await newAgent().run("enrol", server.url, "--token", token.secret);
  expect(other).toMatchObject({ code: REFUSED, stderr: expect.stringContaining("token-exhausted") });
});

test("it waits in the console, gets nothing, and is approved with one click", async () => {
  await page.goto("/devices");
  const row = page.getByRole("row", { name: MACHINE });
  await expect(row).toContainText("Pending");
  expect((await agent.run("sync")).stdout).toContain("Waiting for approval");
  expect(await status()).toMatchObject({ status: "pending", desiredEtag: null, problem: { code: "device-pending" } });
  await row.getByRole("link", { name: MACHINE }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(badge("Active")).toBeVisible();
});

test("it checks in, follows its desired state, and its page shows what it says about itself", async () => {
  const synced = await agent.run("sync");
  expect(synced).toMatchObject({ code: 0, stderr: "" });
  expect(synced.stdout).toMatch(/Checked in: active[\s\S]*Sent facts: .*os[\s\S]*Desired state ds1-\S+ applied/);
  await page.reload();
  const [, system = ""] = /^NAME="?([^"\n]+)/m.exec(readFileSync("/etc/os-release", "utf8")) ?? [];
  await expect(page.getByRole("heading", { name: "Operating system" })).toBeVisible();
  await expect(page.getByRole("main").getByText(system).first()).toBeVisible();
  await expect(page.getByText("In sync")).toBeVisible();
  expect((await agent.run("sync")).stdout).toContain("is in force already");
});

test("suspended, it is refused from its next request on; resumed, it works on with the same key", async () => {
  await page.getByRole("button", { name: "Suspend" }).click();
  await confirm("Suspend device");
  await expect(badge("Suspended")).toBeVisible();
  const refused = await agent.run("sync");
  expect(refused).toMatchObject({ code: REFUSED, stderr: expect.stringContaining("device-suspended") });
  const { key } = await status();
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(badge("Active")).toBeVisible();
  expect(await agent.run("sync")).toMatchObject({ code: 0, stderr: "" });
  expect(await status()).toMatchObject({ status: "active", key, problem: null });
});

test("revoked, it gets a 410 that the server signed, says so, and does not come back with what it has", async () => {
  await page.getByRole("button", { name: "Revoke" }).click();
  await confirm("Revoke device", MACHINE);
  await expect(badge("Revoked")).toBeVisible();
  // Only an answer that the pinned key signed is a refusal to the agent; any other means that the server is not there.
  const refused = await agent.run("sync");
  expect(refused).toMatchObject({ code: REFUSED, stderr: expect.stringContaining("device-retired") });
  const advice = expect.stringContaining("new key and a new token");
  const problem = { code: "device-retired", advice };
  expect(await status()).toMatchObject({ status: "retired", isServerPinned: true, problem });
  expect((await agent.run("enrol", server.url, "--token", token.secret)).code).toBe(REFUSED);
});

test("all of it is in the audit log, and the token is nowhere", async () => {
  await page.goto("/audit");
  for (const event of ["enrolled", "was approved", "was suspended", "was resumed", "was revoked"]) {
    await expect(page.getByRole("main").getByText(event).first()).toBeVisible();
  }
  expect(server.log()).not.toContain(token.secret);
  for (const name of ["enrolment.json", "progress.json"]) {
    expect(readFileSync(join(agent.stateDir, name), "utf8")).not.toContain(token.secret);
  }
});
