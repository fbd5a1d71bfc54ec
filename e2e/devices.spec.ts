import { expect, type Locator, type Page } from "@playwright/test";
import { type Agent, newAgent } from "./fixtures/agent";
import { signIn, test, trpc } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";

const uniqueName = (prefix: string): string => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

/** The text of a block that is there to be copied. */
const copyable = (page: Page, label: string): Locator => page.getByRole("figure", { name: label });

interface Machine {
  name: string;
  agent: Agent;
  deviceId: string;
}

/** Machines that joined with one token, over the agent itself. */
async function machines(page: Page, url: string, count: number): Promise<Machine[]> {
  const token = { name: uniqueName("token"), usageLimit: count };
  const { secret } = await trpc<{ secret: string }>(page, "enrolment.create", token);
  const prefix = uniqueName("machine");
  const joined: Machine[] = [];
  for (let at = 1; at <= count; at++) {
    const agent = newAgent();
    const name = `${prefix}-${at}`;
    const { stderr } = await agent.run("enrol", url, "--token", secret, "--name", name);
    expect(stderr).toBe("");
    const { deviceId } = JSON.parse((await agent.run("status", "--json")).stdout) as { deviceId: string };
    joined.push({ name, agent, deviceId });
  }
  return joined;
}

/** The question that is open; notifications are dialogs, too, but ask nothing. */
const question = (page: Page): Locator => page.getByRole("dialog", { name: /\?$/ });

/** Answers the question that is open. */
async function confirm(page: Page, button: string, typed?: string): Promise<void> {
  const dialog = question(page);
  if (typed) await dialog.getByRole("textbox").fill(typed);
  await dialog.getByRole("button", { name: button }).click();
  await expect(dialog).toBeHidden();
}

test("a machine joins, appears by itself, is approved, reports, is held back and is cut off", async ({
  page,
  baseURL,
}) => {
  await signIn(page);
  const tokenName = uniqueName("servers");
  await page.goto("/enrolment?create=1");
  await page.getByLabel("Name", { exact: true }).fill(tokenName);
  await page.getByRole("textbox", { name: "Allowed networks" }).fill("127.0.0.0/8, everywhere");
  await page.getByRole("dialog").getByRole("button", { name: "Create token" }).click();
  await expect(page.getByText("“everywhere” is not a network")).toBeVisible();
  await page.getByRole("textbox", { name: "Allowed networks" }).fill("127.0.0.1/8 ::1/128");
  await page.getByRole("dialog").getByRole("button", { name: "Create token" }).click();
  const secret = ((await copyable(page, "Enrolment token").textContent()) ?? "").trim();
  expect(secret).toMatch(/^[0-9a-f]{16}$/);
  await expect(copyable(page, "Join command")).toContainText(secret);
  await page.keyboard.press("Escape");
  await page.getByLabel("I stored it").check();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(secret)).toHaveCount(0);
  await expect(page.getByRole("row", { name: tokenName })).toContainText("0 of 1");

  const [name, agent] = [uniqueName("server"), newAgent()];
  await page.goto(`/devices?q=${name}`);
  await expect(page.getByText("No devices match")).toBeVisible();
  await agent.run("enrol", baseURL ?? "", "--token", secret, "--name", name);
  await expect(page.getByRole("row", { name })).toContainText("Pending", { timeout: 20_000 });
  await page
    .getByRole("row", { name })
    .getByRole("button", { name: /actions/i })
    .click();
  await page.getByRole("menuitem", { name: "Approve" }).click();
  await expect(page.getByRole("row", { name })).toContainText("Active");

  expect((await agent.run("sync")).code).toBe(0);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Operating system" })).toBeVisible();
  await expect(page.getByText("In sync")).toBeVisible();

  await page.getByRole("button", { name: "Suspend" }).click();
  await confirm(page, "Suspend device");
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  expect((await agent.run("sync")).stdout + (await agent.run("status")).stdout).toMatch(/suspended/i);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("button", { name: "Suspend" })).toBeVisible();

  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(question(page)).toContainText("cannot be undone");
  await confirm(page, "Revoke device", name);
  await expect(page.getByText("Cut off for good")).toBeVisible();
  expect((await agent.run("sync")).stderr).toContain("revoked");
  await page.getByRole("link", { name: "Activity" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "A device was revoked" })).toContainText("revoked");
});

test("what is chosen moves together, and what cannot move stays as it is", async ({ page, baseURL }) => {
  await signIn(page);
  const [first, ...others] = await machines(page, baseURL ?? "", 3);
  await trpc(page, "devices.approve", { id: first?.deviceId });
  await page.goto(`/devices?q=${first?.name.slice(0, -2)}`);
  await page.getByLabel("Select all rows of this page").check();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await confirm(page, "Approve 3 devices");
  await expect(page.getByText("2 devices approved, 1 left as they are").first()).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Active" })).toHaveCount(3);

  await page.getByRole("row", { name: others[0]?.name }).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await confirm(page, "Revoke 1 device", "revoke 1");
  await expect(page.getByRole("row", { name: others[0]?.name })).toContainText("Revoked");
  await expect(page.getByRole("row").filter({ hasText: "Active" })).toHaveCount(2);
});

test("a device is renamed, tagged and given an owner, and its packages are searched", async ({ page, baseURL }) => {
  await signIn(page);
  const [machine] = await machines(page, baseURL ?? "", 1);
  const owner = await newPerson(page, "user");
  const tag = uniqueName("tag");
  await trpc(page, "tags.create", { name: tag });
  await trpc(page, "devices.approve", { id: machine?.deviceId });
  await machine?.agent.run("sync");
  await page.goto(`/devices/${machine?.deviceId}`);
  const edit = async (what: string) => {
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("menuitem", { name: what }).click();
  };
  const renamed = uniqueName("renamed");
  await edit("Rename");
  await page.getByRole("textbox", { name: "Name" }).fill(renamed);
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("heading", { level: 1, name: renamed })).toBeVisible();
  await edit("Set tags");
  await page.getByLabel(tag).check();
  await page.getByRole("button", { name: "Set tags" }).click();
  await expect(page.getByRole("main").getByText(tag)).toBeVisible();
  await edit("Change owner");
  await page.getByRole("combobox", { name: "Owner" }).fill(owner.username);
  await page.getByRole("option", { name: owner.username }).click();
  await page.getByRole("button", { name: "Change owner" }).click();
  await expect(page.getByRole("main").getByRole("link", { name: owner.username })).toBeVisible();

  await page.getByRole("link", { name: /^Packages/ }).click();
  await page.getByRole("searchbox", { name: "Search packages" }).fill("no package has this name");
  await expect(page.getByText("No packages match")).toBeVisible();
});

test("tags are created, refused on their field, and removed with what loses them", async ({ page, baseURL }) => {
  await signIn(page);
  const [machine] = await machines(page, baseURL ?? "", 1);
  const name = uniqueName("tag");
  await page.goto("/tags");
  const create = async () => {
    await page.getByRole("button", { name: "Create tag" }).first().click();
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("dialog").getByRole("button", { name: "Create tag" }).click();
  };
  await create();
  await expect(page.getByRole("row", { name })).toBeVisible();
  await create();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveAccessibleDescription(/Another tag has this name/);
  await page.getByRole("button", { name: "Cancel" }).click();

  const carried = uniqueName("carried");
  const { id } = await trpc<{ id: string }>(page, "tags.create", { name: carried });
  await trpc(page, "devices.setTags", { id: machine?.deviceId, tagIds: [id] });
  await page.goto(`/tags?q=${carried}`);
  await page
    .getByRole("row", { name: carried })
    .getByRole("button", { name: /actions/i })
    .click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await expect(question(page)).toContainText("1 device loses it");
  await confirm(page, "Remove tag");
  await expect(page.getByText("No tags match")).toBeVisible();
});

test("a revoked token enrols nobody, and its page says who used it", async ({ page, baseURL }) => {
  await signIn(page);
  const name = uniqueName("token");
  const created = await trpc<{ secret: string; token: { id: string } }>(page, "enrolment.create", {
    name,
    usageLimit: 2,
  });
  const used = uniqueName("used");
  await newAgent().run("enrol", baseURL ?? "", "--token", created.secret, "--name", used);
  await page.goto(`/enrolment/${created.token.id}`);
  await expect(page.getByRole("listitem").filter({ hasText: used })).toContainText("Enrolled");
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(question(page)).toContainText("Its last use is lost");
  await confirm(page, "Revoke token");
  await expect(page.getByText("Revoked", { exact: true }).first()).toBeVisible();
  const refused = await newAgent().run("enrol", baseURL ?? "", "--token", created.secret);
  expect(refused.stderr).toContain("revoked");
});

test("who may only look sees why the rest is off; updates can be paused", async ({ page, browser, baseURL }) => {
  await signIn(page);
  const [machine] = await machines(page, baseURL ?? "", 1);
  const viewer = await newPerson(page, "viewer");
  const theirs = await browserOf(viewer, { browser, path: `/devices/${machine?.deviceId}` });
  const approve = theirs.getByRole("button", { name: "Approve" });
  await expect(approve).toHaveAttribute("aria-disabled", "true");
  await expect(approve).toHaveAccessibleDescription("Your roles do not allow this");
  await theirs.getByRole("button", { name: "Live: pause updates" }).click();
  await expect(theirs.getByRole("button", { name: "Paused: resume updates" })).toBeVisible();
  await theirs.goto("/overview");
  await expect(theirs.getByText(/waits? for approval/)).toBeVisible();
  await theirs.getByRole("button", { name: "Hide" }).click();
  await expect(theirs.getByRole("heading", { name: "First steps" })).toBeHidden();
  await theirs.reload();
  await expect(theirs.getByRole("button", { name: /^Show \d open steps?$/ })).toBeVisible();
});
