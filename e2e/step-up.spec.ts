import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { inDatabase } from "./fixtures/database";
import { ADMIN, signIn, trpc } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";
import type { RunningServer } from "./fixtures/server";
import { test } from "./fixtures/server-with-admin";
import { refreshTokenOf } from "./fixtures/tokens";

/** As if the password had been given long ago. */
async function letElevationEnd(page: Page, server: RunningServer): Promise<void> {
  const { sessionId } = await refreshTokenOf(page.context());
  await inDatabase(server, (sql) => sql`update sessions set elevated_until = now() where id = ${sessionId}`);
}

const askOf = (page: Page) => page.getByRole("dialog", { name: "Confirm it is you" });

// One administrator for all: what one test mistypes must not lock the next one out.
test.beforeEach(async ({ server }) => void (await inDatabase(server, (sql) => sql`delete from rate_limits`)));

test("a dangerous command asks for the password, by keyboard alone, and then happens", async ({
  page,
  browser,
  server,
}) => {
  await signIn(page);
  const person = await newPerson(page, "viewer");
  const theirs = await browserOf(person, { browser, path: "/users" });
  await letElevationEnd(page, server);
  await page.goto(`/users/${person.id}`);
  await page.getByRole("button", { name: "Actions" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: /^Sign out everywhere/ }).press("Enter");
  const question = page.getByRole("dialog", { name: /everywhere\?$/ });
  await question.getByRole("button", { name: "Sign out everywhere" }).press("Enter");
  const password = askOf(page).getByLabel("Your password");
  await expect(password).toBeFocused();

  await page.keyboard.type("not the password at all");
  await page.keyboard.press("Enter");
  await expect(password).toHaveAccessibleDescription("This is not your current password.");
  await expect(password).toBeFocused();
  await theirs.reload();
  await expect(theirs.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();

  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(ADMIN.password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Not signed in anywhere")).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(theirs.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("the question gets the focus even where the dialog below it takes it late, as on a slow machine", async ({
  page,
  server,
}) => {
  await signIn(page);
  const person = await newPerson(page, "viewer");
  await letElevationEnd(page, server);
  await page.addInitScript(() => {
    window.requestAnimationFrame = (draw) => window.setTimeout(() => draw(performance.now()), 1000);
    window.cancelAnimationFrame = (frame) => window.clearTimeout(frame);
  });
  await page.goto(`/users/${person.id}`);
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: /^Sign out everywhere/ }).click();
  const question = page.getByRole("dialog", { name: /everywhere\?$/ });
  await question.getByRole("button", { name: "Sign out everywhere" }).press("Enter");
  await expect(askOf(page)).toBeVisible();
  await page.evaluate(() => new Promise((resolve) => window.setTimeout(resolve, 2500)));
  await expect(askOf(page).getByLabel("Your password")).toBeFocused();
});

test("whoever does not confirm keeps the form as it was, and asks again when sent again", async ({ page, server }) => {
  await signIn(page);
  await letElevationEnd(page, server);
  await page.goto("/users");
  await page.getByRole("button", { name: "Create user" }).click();
  const form = page.getByRole("dialog", { name: "Create user" });
  await form.getByLabel("User name").fill("grace.hopper");
  await form.getByLabel("Name", { exact: true }).or(form.getByLabel("Name (optional)")).fill("Grace Hopper");
  const send = form.getByRole("button", { name: "Create user" });
  for (const cancel of [
    () => page.keyboard.press("Escape"),
    () => askOf(page).getByRole("button", { name: "Cancel" }).click(),
    () => askOf(page).getByRole("button", { name: "Close" }).click(),
    () => page.mouse.click(5, 5),
  ]) {
    await send.click();
    await expect(askOf(page).getByLabel("Your password")).toBeFocused();
    await cancel();
    await expect(askOf(page)).toHaveCount(0);
    await expect(form.getByLabel("User name")).toHaveValue("grace.hopper");
    await expect(send).toBeEnabled();
  }
  await send.click();
  await askOf(page).getByLabel("Your password").fill(ADMIN.password);
  await askOf(page).getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("dialog", { name: "grace.hopper is invited" })).toBeVisible();
  const [{ total }] = (await inDatabase(
    server,
    (sql) => sql`select count(*)::int as total from users where username = 'grace.hopper'`,
  )) as unknown as [{ total: number }];
  expect(total).toBe(1);
});

test("the question is asked once for ten minutes, and never by the form that asks for the password itself", async ({
  page,
  browser,
  server,
}) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const theirs = await browserOf(person, { browser, path: "/account/security" });
  await letElevationEnd(theirs, server);
  await theirs.getByLabel("Current password").fill(person.password);
  await theirs.getByLabel("New password").fill("a different walk on other steps");
  await theirs.getByRole("button", { name: "Change password" }).click();
  await expect(theirs.getByText("You stay signed in here.").first()).toBeVisible();
  await theirs.goto("/account/profile");
  await theirs.getByLabel("Name", { exact: true }).fill("Katherine Johnson");
  await theirs.getByRole("button", { name: "Save profile" }).click();
  await expect(theirs.getByText("Profile saved").first()).toBeVisible();

  await letElevationEnd(theirs, server);
  await theirs.getByLabel("Name", { exact: true }).fill("Mary Jackson");
  await theirs.getByRole("button", { name: "Save profile" }).click();
  await askOf(theirs).getByLabel("Your password").fill("a different walk on other steps");
  await askOf(theirs).getByRole("button", { name: "Confirm" }).click();
  await expect(theirs.getByRole("button", { name: "Account of Mary Jackson" })).toBeVisible();
  expect(await trpc<{ displayName: string }>(theirs, "account.updateProfile", { displayName: "M", email: "" })).toEqual(
    { displayName: "M", email: null },
  );
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 320]) {
    test(`the question is accessible and fits, ${colorScheme}, at ${width} px`, async ({ page, server }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await signIn(page);
      await letElevationEnd(page, server);
      await page.goto("/account/profile");
      await page.getByLabel("Name", { exact: true }).fill("Ada");
      await page.getByRole("button", { name: "Save profile" }).click();
      await askOf(page).getByLabel("Your password").fill("not the password at all");
      await askOf(page).getByRole("button", { name: "Confirm" }).click();
      await expect(askOf(page).getByText("This is not your current password.")).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
    });
  }
}
