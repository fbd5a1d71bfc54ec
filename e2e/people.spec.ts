import { expect, type Page } from "@playwright/test";
import { signIn, test } from "./fixtures/organisation";
import { browserOf, newPerson, submitSignIn } from "./fixtures/people";

/** Opens a row's menu and chooses from it. */
async function choose(page: Page, name: string, action: RegExp): Promise<void> {
  await page
    .getByRole("row")
    .filter({ hasText: name })
    .getByRole("button", { name: /actions/i })
    .click();
  await page.getByRole("menuitem", { name: action }).click();
}

test("an invited user gets in with the link that the administrator saw once", async ({ page, browser }) => {
  await signIn(page);
  await page.goto("/users");
  await page.getByRole("button", { name: "Create user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill("Grace Hopper");
  await dialog.getByRole("button", { name: "Create user" }).click();
  await expect(dialog.getByLabel("User name")).toHaveAccessibleDescription(/letters, digits/);
  await dialog.getByLabel("User name").fill("grace.hopper");
  await dialog.getByRole("button", { name: "Create user" }).click();
  const link = (await dialog.getByText(/accept-invite#/).textContent()) ?? "";
  await expect(dialog.getByRole("img", { name: "QR code: Invitation link" })).toBeVisible();
  await page.keyboard.press("Escape");
  await dialog.getByRole("checkbox", { name: "I stored it" }).check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("row").filter({ hasText: "grace.hopper" })).toContainText("Invited");
  await expect(page.getByText(link)).toHaveCount(0);

  const guest = await (await browser.newContext()).newPage();
  await guest.goto(link);
  await expect(guest).toHaveURL(/\/accept-invite$/);
  await guest.getByLabel("New password").fill("far too short");
  await guest.getByRole("button", { name: "Set password" }).click();
  await expect(guest.getByLabel("New password")).toHaveAccessibleDescription(/at least 15/i);
  const password = "lighthouse keepers count the ships";
  await guest.getByLabel("New password").fill(password);
  await guest.getByRole("button", { name: "Set password" }).click();
  await expect(guest.getByLabel("User name or e-mail")).toHaveValue("grace.hopper");
  await submitSignIn(guest, { username: "grace.hopper", password });
  await expect(guest.getByRole("heading", { name: "Your account" })).toBeVisible();
  await guest.goto("/users");
  await expect(guest.getByRole("heading", { name: "You may not see this page" })).toBeVisible();
});

test("a suspended user is out at once and in again once reactivated", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "viewer");
  const theirs = await browserOf(person, { browser, path: "/sessions" });
  await page.goto(`/users?q=${person.username}`);
  await choose(page, person.username, /^Suspend/);
  const question = page.getByRole("dialog", { name: `Suspend ${person.username}?` });
  await expect(question).toContainText("This ends 1 session at once.");
  await page.getByRole("button", { name: "Suspend user" }).click();
  await expect(page.getByRole("row").filter({ hasText: person.username })).toContainText("Suspended");

  await expect(theirs.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await submitSignIn(theirs, person);
  await expect(theirs.getByText("Wrong user name or password.").first()).toBeVisible();

  await choose(page, person.username, /^Reactivate/);
  await expect(page.getByRole("row").filter({ hasText: person.username })).toContainText("Active");
  await submitSignIn(theirs, person);
  await expect(theirs.getByRole("heading", { name: "Sessions" })).toBeVisible();
});

test("signing a user out everywhere ends every browser of theirs", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "viewer");
  const theirs = [
    await browserOf(person, { browser, path: "/sessions" }),
    await browserOf(person, { browser, path: "/users" }),
  ];
  await page.goto(`/users/${person.id}`);
  await expect(page.getByRole("button", { name: /^End session/ })).toHaveCount(2);
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: /^Sign out everywhere/ }).click();
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByText("Not signed in anywhere")).toBeVisible();
  for (const each of theirs) {
    await expect(each.getByRole("heading", { name: "Sign in" })).toBeVisible();
  }
});

test("an administrator ends one session of somebody and leaves the other", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const stays = await browserOf(person, { browser, path: "/account/sessions" });
  const goes = await browserOf(person, { browser, path: "/account/profile" });
  await page.goto(`/sessions?q=${person.username}&sort=createdAt&direction=desc`);
  await page
    .getByRole("row")
    .nth(1)
    .getByRole("button", { name: /actions/i })
    .click();
  await page.getByRole("menuitem", { name: /^End session/ }).click();
  await page.getByRole("button", { name: "End session" }).click();
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(goes.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await stays.reload();
  await expect(stays.getByRole("heading", { name: "Signed in here only" })).toBeVisible();
});

test("roles given in the console count at the next click, and the log shows before and after", async ({
  page,
  browser,
}) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const theirs = await browserOf(person, { browser, path: "/account/profile" });
  await expect(theirs.getByRole("link", { name: "Users" })).toHaveCount(0);
  await page.goto(`/users/${person.id}`);
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: /^Change roles/ }).click();
  await page.getByRole("checkbox", { name: "viewer" }).check();
  await page.getByRole("button", { name: "Change roles" }).click();
  await page.getByRole("button", { name: /A role was given to a user/ }).click();
  const entry = page.getByRole("dialog", { name: "A role was given to a user" });
  await expect(entry.getByRole("link", { name: person.username })).toHaveAttribute("href", `/users/${person.id}`);
  await expect(entry).toContainText(/before:.*"user".*after:.*"viewer"/s);

  await theirs.reload();
  await theirs.getByRole("link", { name: "Users" }).click();
  await expect(theirs.getByRole("button", { name: "Create user" })).toHaveAccessibleDescription(
    "Your roles do not allow this",
  );
});

test("the log is found by event, result and person, and says so in its address", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const theirs = await browserOf(person, { browser, path: "/account/profile" });
  await theirs.goto("/audit");
  await page.goto("/audit");
  await page.getByRole("button", { name: "Result: any" }).click();
  await page.getByRole("menuitemradio", { name: "Denied" }).click();
  await page.waitForURL(/status=denied/);
  await page.getByRole("searchbox", { name: "Search entries" }).fill(person.username);
  await page.waitForURL(new RegExp(`q=${person.username}`));
  const rows = page.getByRole("row").filter({ hasText: person.username });
  await expect(rows.first()).toContainText("An operation was refused for lack of permission");
  await rows.first().getByRole("button", { name: "An operation was refused" }).click();
  await expect(page.getByRole("dialog", { name: /^An operation was refused/ })).toContainText("audit.read");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Reset" }).click();
  await expect(page).not.toHaveURL(/status=|q=/);
});
