import { expect } from "@playwright/test";
import { signIn, test } from "./fixtures/organisation";
import { browserOf, newPerson, submitSignIn } from "./fixtures/people";

test("after too many wrong passwords the page says how long to wait, and the owner's own browser still gets in", async ({
  page,
  browser,
}) => {
  await signIn(page);
  const person = await newPerson(page, "user");
  const own = await browserOf(person, { browser, path: "/account/profile" });
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto("/sign-in");
  for (let at = 0; at < 5; at++) {
    await submitSignIn(stranger, { ...person, password: `guess number ${at}` });
    await expect(stranger.getByText("Wrong user name or password.").first()).toBeVisible();
  }
  await submitSignIn(stranger, person);
  await expect(stranger.getByText(/^Too many attempts\. Try again in (1 minute|\d+ seconds)\.$/).first()).toBeVisible();

  await own.context().clearCookies({ name: /kw-(at|rt)$/ });
  await own.goto("/sign-in");
  await submitSignIn(own, person);
  await expect(own.getByRole("button", { name: /^Account of/ })).toBeVisible();
});
