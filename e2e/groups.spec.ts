import { randomBytes } from "node:crypto";
import { expect, type Page } from "@playwright/test";
import { signIn, test, trpc } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";

const newGroup = (page: Page) =>
  trpc<{ id: string; name: string }>(page, "groups.create", {
    name: `Crew ${randomBytes(3).toString("hex")}`,
    description: "Made by a test",
  });

const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

test("a group is made, filled with people found by name, and everything about it is on its page", async ({ page }) => {
  await signIn(page);
  const [one, other] = [await newPerson(page, "user"), await newPerson(page, "user")];
  await page.goto("/overview");
  await page.getByRole("link", { name: "Groups" }).click();
  await expect(row(page, "Nobody can leave this group")).toContainText("System");
  await page.getByRole("button", { name: "Create group" }).click();
  const form = page.getByRole("dialog", { name: "Create group" });
  await form.getByLabel("Name").fill("Users");
  await form.getByRole("button", { name: "Create group" }).click();
  await expect(form.getByLabel("Name")).toHaveAccessibleDescription(/Another group has this name/);
  await form.getByLabel("Name").fill("Harbour crew");
  await form.getByRole("button", { name: "Create group" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Harbour crew" })).toBeVisible();
  await expect(page.getByText("Nobody is in this group")).toBeVisible();

  await page.getByRole("button", { name: "Add members" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add members to Harbour crew" });
  await dialog.getByRole("button", { name: "Add members" }).click();
  await expect(dialog.getByLabel("Users")).toHaveAccessibleDescription(/Choose at least one user/);
  for (const { username } of [one, other]) {
    await dialog.getByLabel("Users").fill(username);
    await page.getByRole("option", { name: username }).click();
    await expect(dialog.getByRole("button", { name: `Leave ${username} out` })).toBeVisible();
  }
  await dialog.getByRole("button", { name: "Add members" }).click();
  await expect(page.getByText("2 members added to Harbour crew")).toBeVisible();
  for (const { username } of [one, other]) await expect(row(page, username)).toContainText("ada");
  await expect(page.getByText("No policy names this group")).toBeVisible();
  await expect(page.getByText("A user was put into a group").first()).toBeVisible();
});

test("who is taken out is back with one click, and the user's own page does the same", async ({ page }) => {
  await signIn(page);
  const [person, group] = [await newPerson(page, "user"), await newGroup(page)];
  await page.goto(`/users/${person.id}`);
  await page.getByRole("button", { name: "Add to a group" }).click();
  const dialog = page.getByRole("dialog", { name: `Add ${person.username} to a group` });
  await expect(dialog.getByRole("option", { name: "users", exact: true })).toHaveCount(0);
  await dialog.getByLabel("Group").selectOption(group.name);
  await dialog.getByRole("button", { name: "Add to group" }).click();
  const out = page.getByRole("button", { name: `Take out of ${group.name}` });
  await out.click();
  await expect(out).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(out).toBeVisible();

  await page.getByRole("link", { name: group.name }).click();
  await row(page, person.username).getByRole("button", { name: "Row actions" }).click();
  await page.getByRole("menuitem", { name: "Take out of the group" }).click();
  await expect(page.getByText("Nobody is in this group")).toBeVisible();
});

test("a group in use is removed only by whoever types its name, having read what goes with it", async ({ page }) => {
  await signIn(page);
  const [person, group] = [await newPerson(page, "user"), await newGroup(page)];
  await trpc(page, "groups.addMembers", { id: group.id, userIds: [person.id] });
  await page.goto(`/groups/${group.id}`);
  await page.getByRole("button", { name: "Remove…" }).click();
  const question = page.getByRole("dialog", { name: `Remove the group ${group.name}?` });
  await expect(question).toContainText("1 member loses what policies give through it.");
  const confirm = question.getByRole("button", { name: "Remove group" });
  await expect(confirm).toHaveAccessibleDescription(`Type ${group.name} first`);
  await question.getByRole("textbox").fill(group.name);
  await confirm.click();
  await expect(page).toHaveURL(/\/groups$/);
  await expect(page.getByText(`Group ${group.name} removed`)).toBeVisible();
  expect((await page.goto(`/groups/${group.id}`))?.status()).toBe(404);
});

test("everybody's group can be neither changed, removed nor filled, and says why", async ({ page }) => {
  await signIn(page);
  await page.goto("/groups?q=users");
  await page.getByRole("link", { name: "users", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "users" })).toBeVisible();
  for (const [name, reason] of [
    ["Edit", "This group belongs to Keyward"],
    ["Remove…", "This group belongs to Keyward"],
    ["Add members", "Everybody is in this group already"],
  ] as const) {
    await expect(page.getByRole("button", { name })).toHaveAccessibleDescription(reason);
  }
});

test("a viewer sees groups and who is in them, and is told why nothing can be changed", async ({ page, browser }) => {
  await signIn(page);
  const [viewer, group] = [await newPerson(page, "viewer"), await newGroup(page)];
  await trpc(page, "groups.addMembers", { id: group.id, userIds: [viewer.id] });
  const theirs = await browserOf(viewer, { browser, path: `/groups/${group.id}` });
  await expect(row(theirs, viewer.username)).toBeVisible();
  for (const name of ["Edit", "Remove…", "Add members"]) {
    await expect(theirs.getByRole("button", { name })).toHaveAccessibleDescription("Your roles do not allow this");
  }
});
