import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { newAgent } from "./fixtures/agent";
import { signIn, test, trpc } from "./fixtures/organisation";

/** A machine that enrolled with a tag and was approved. */
async function furnish(page: Page, url: string): Promise<{ deviceId: string; tag: string }> {
  const tag = `Build-${crypto.randomUUID().slice(0, 6)}`;
  const { id } = await trpc<{ id: string }>(page, "tags.create", { name: tag });
  const { secret } = await trpc<{ secret: string }>(page, "enrolment.create", { name: tag, tagIds: [id] });
  const agent = newAgent();
  await agent.run("enrol", url, "--token", secret, "--name", `server-${tag}`);
  const { deviceId } = JSON.parse((await agent.run("status", "--json")).stdout) as { deviceId: string };
  await trpc(page, "devices.approve", { id: deviceId });
  return { deviceId, tag };
}

async function addTarget(page: Page, kind: string, name: string): Promise<void> {
  await page.getByLabel("Kind of target").selectOption(kind);
  await page.getByRole("combobox", { name: `Add a ${kind}` }).fill(name);
  await page.getByRole("option", { name }).click();
}

test("a policy is made with its preview in sight, changed, and removed", async ({ page, baseURL }) => {
  await signIn(page);
  const { tag } = await furnish(page, baseURL);
  await page.goto("/policies");
  await page.getByRole("link", { name: "Create policy" }).first().click();
  await page.getByLabel("Name").fill(`${tag} reaches the site`);
  await addTarget(page, "tag", tag);
  await page.getByRole("button", { name: "Add destination" }).click();
  await page.getByRole("textbox", { name: "Network" }).fill("10.31.0.9/16");
  await page.getByRole("button", { name: "Create policy" }).click();
  await expect(page.getByRole("textbox", { name: "Network" })).toHaveAccessibleDescription(/Write 10\.31\.0\.0\/16/);
  await page.getByRole("textbox", { name: "Network" }).fill("10.31.0.0/16");
  await page.getByLabel("Protocol").selectOption("tcp");
  await page.getByLabel("Ports").fill("443");

  const change = page.getByRole("row").filter({ hasText: `server-${tag}` });
  await expect(change).toContainText("10.31.0.0/16");
  await expect(change).toContainText("TCP 443");
  await expect(change.getByRole("cell")).toHaveText([/10\.31/, "Denied", "Allowed"]);
  await page.getByRole("button", { name: "Create policy" }).click();
  await expect(page.getByRole("heading", { name: `${tag} reaches the site` })).toBeVisible();
  // The form that made it is gone only when the one that changes it is there.
  await expect(page.getByRole("button", { name: "Save policy" })).toBeVisible();

  await expect(async () => {
    await page.getByLabel(`Whether ${tag} is included`).selectOption("excluded");
    await expect(page.getByText("It does nothing: it is for nobody.")).toBeVisible({ timeout: 3000 });
  }).toPass();
  await expect(change.getByRole("cell")).toHaveText([/10\.31/, "Allowed", "Denied"]);
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(page.getByText(`Policy ${tag} reaches the site saved`)).toBeVisible();
  // The same editor goes on from what it saved, not from what it first saw.
  await page.getByLabel("Priority").fill("7");
  await page.getByLabel("Priority").press("Enter");
  await expect(page.getByText("No changes")).toBeVisible();

  await page.goto("/policies");
  const row = page.getByRole("row").filter({ hasText: `${tag} reaches the site` });
  await expect(row).toContainText("For nobody");
  await row.getByRole("button", { name: /actions/i }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove policy" }).click();
  await expect(row).toHaveCount(0);
});

test("a policy test refuses a save until it is overridden", async ({ page, baseURL }) => {
  await signIn(page);
  const { deviceId, tag } = await furnish(page, baseURL);
  const policy = await trpc<{ id: string }>(page, "policies.create", {
    name: `${tag} keeps the site`,
    targets: [{ type: "device", id: deviceId, isExcluded: false }],
    destinations: [{ network: "10.32.0.0/16" }],
  });
  await page.goto("/policies/tests");
  await page.getByRole("button", { name: "Create test" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What must hold").fill(`${tag} stays reachable`);
  await dialog.getByLabel("From a").selectOption("device");
  await dialog.getByRole("combobox", { name: "Which device" }).fill(`server-${tag}`);
  await page.getByRole("option", { name: `server-${tag}` }).click();
  await dialog.getByLabel("To the address").fill("10.32.0.1");
  await dialog.getByLabel("Expected").selectOption("allow");
  await dialog.getByRole("button", { name: "Create test" }).click();
  await expect(page.getByRole("row").filter({ hasText: `${tag} stays reachable` })).toContainText("Passes");

  await page.goto(`/policies/${policy.id}`);
  await page.getByLabel("In force").uncheck();
  await expect(page.getByText("1 policy test would fail, so that saving is refused")).toBeVisible();
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(page.getByText(/Not saved, because a policy test would fail/)).toBeVisible();
  await page.getByLabel("Save although they fail").check();
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(page.getByText(`Policy ${tag} keeps the site saved`)).toBeVisible();
  await page.goto("/audit");
  await expect(page.getByText("A policy was saved although its tests failed").first()).toBeVisible();
});
