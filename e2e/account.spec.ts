import { expect } from "@playwright/test";
import { signIn, test } from "./fixtures/organisation";
import { browserOf, newPerson, submitSignIn } from "./fixtures/people";

test("a changed password ends the other browsers and leaves this one signed in", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const other = await browserOf(person, { browser, path: "/account/sessions" });
  const here = await browserOf(person, { browser, path: "/account/security" });
  const password = "a different walk on other steps";
  await here.getByLabel("Current password").fill("not the password at all");
  await here.getByLabel("New password").fill(password);
  await here.getByRole("button", { name: "Change password" }).click();
  await expect(here.getByLabel("Current password")).toHaveAccessibleDescription(/not your current password/);
  await expect(here.getByLabel("Current password")).toBeFocused();
  await here.getByLabel("Current password").fill(person.password);
  await here.getByRole("button", { name: "Change password" }).click();
  await expect(here.getByText("You stay signed in here.").first()).toBeVisible();
  await expect(here.getByLabel("New password")).toHaveValue("");

  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await here.getByRole("link", { name: "Your sessions" }).click();
  await expect(here.getByRole("heading", { name: "Signed in here only" })).toBeVisible();
  await submitSignIn(other, person);
  await expect(other.getByText("Wrong user name or password.").first()).toBeVisible();
  await submitSignIn(other, { ...person, password });
  await expect(other.getByRole("heading", { name: "Signed in in 2 places" })).toBeVisible();
});

test("one's own sessions end one by one, all others, and everywhere", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const others = [];
  for (let at = 0; at < 3; at++) others.push(await browserOf(person, { browser, path: "/account/profile" }));
  const here = await browserOf(person, { browser, path: "/account/sessions" });
  await expect(here.getByRole("listitem").filter({ hasText: "This session" })).toHaveCount(1);
  await here
    .getByRole("button", { name: /^End session/ })
    .first()
    .click();
  await expect(here.getByRole("heading", { name: "Signed in in 3 places" })).toBeVisible();
  await here.getByRole("button", { name: "Sign out other sessions" }).click();
  await expect(here.getByRole("dialog", { name: "Sign out your other sessions?" })).toContainText("2 sessions");
  await here.getByRole("button", { name: "Sign out others" }).click();
  await expect(here.getByRole("heading", { name: "Signed in here only" })).toBeVisible();
  for (const other of others) {
    await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  }
  await here.getByRole("button", { name: "Sign out everywhere" }).click();
  await here
    .getByRole("dialog", { name: "Sign out everywhere?" })
    .getByRole("button", { name: "Sign out everywhere" })
    .click();
  await expect(here).toHaveURL(/\/sign-in$/);
  await here.goto("/account/sessions");
  await expect(here.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("a name is shown at once, and an address that another has is refused on its field", async ({ page, browser }) => {
  await signIn(page);
  const [first, second] = [await newPerson(page, "user"), await newPerson(page, "user")];
  const theirs = await browserOf(first, { browser, path: "/account/profile" });
  await theirs.getByLabel("E-mail").fill(`${first.username}@example.com`);
  await theirs.getByRole("button", { name: "Save profile" }).click();
  await expect(theirs.getByText("Profile saved").first()).toBeVisible();

  const here = await browserOf(second, { browser, path: "/account/profile" });
  await here.getByLabel("Name", { exact: true }).fill("Katherine Johnson");
  await here.getByLabel("E-mail").fill(`${first.username}@example.com`);
  await here.getByRole("button", { name: "Save profile" }).click();
  await expect(here.getByLabel("E-mail")).toHaveAccessibleDescription(/Another user has this e-mail address/);
  await expect(here.getByLabel("Name", { exact: true })).toHaveValue("Katherine Johnson");
  await here.getByLabel("E-mail").fill("");
  await here.getByRole("button", { name: "Save profile" }).click();
  await expect(here.getByRole("button", { name: "Account of Katherine Johnson" })).toBeVisible();
});

test("signing out ends the session, not only the cookie", async ({ page, browser }) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const here = await browserOf(person, { browser, path: "/account/profile" });
  const cookies = await here.context().cookies();
  await here.getByRole("button", { name: /^Account of/ }).click();
  await here.getByRole("menuitem", { name: "Sign out" }).click();
  await here.getByRole("button", { name: "Sign out" }).click();
  await expect(here).toHaveURL(/\/sign-in$/);
  await here.context().addCookies(cookies);
  await here.goto("/account/profile");
  await expect(here.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
