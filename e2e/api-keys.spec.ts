import { expect } from "@playwright/test";
import { signIn, test } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";

test("a key made in the browser opens the REST API until it is revoked", async ({ page, playwright, baseURL }) => {
  await signIn(page);
  await page.goto("/account/api-keys");
  await page.getByRole("button", { name: "Create API key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Nightly report");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await expect(dialog.getByText("Choose at least one scope.")).toBeVisible();
  await dialog.getByLabel("Narrow the scopes").fill("see tags");
  await dialog.getByRole("checkbox", { name: "See tags" }).check();
  await dialog.getByLabel("Expires after").selectOption("30 days");
  await dialog.getByRole("button", { name: "Create key" }).click();
  const secret = (await dialog.getByText(/^kw_live_/).textContent()) ?? "";
  await dialog.getByRole("checkbox", { name: "I stored it" }).check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(secret)).toHaveCount(0);
  const item = page.getByRole("listitem").filter({ hasText: "Nightly report" });
  await expect(item).toContainText("Active");
  await expect(item).toContainText("never used");

  const program = await playwright.request.newContext({
    baseURL,
    extraHTTPHeaders: { authorization: `Bearer ${secret}` },
  });
  const listed = await program.get("/api/v1/tags");
  expect([listed.status(), Object.keys(await listed.json())]).toEqual([200, expect.arrayContaining(["rows", "total"])]);
  expect((await program.get("/api/v1/users")).status()).toBe(403);
  expect((await program.get("/api/v1/nothing")).status()).toBe(404);

  await page.getByRole("button", { name: "Revoke API key: Nightly report" }).click();
  await page
    .getByRole("dialog", { name: "Revoke the API key “Nightly report”?" })
    .getByRole("button", { name: "Revoke key" })
    .click();
  await expect(item).toContainText("Revoked");
  expect((await program.get("/api/v1/tags")).status()).toBe(401);
  await program.dispose();
});

test("who may do nothing that a key could do is told so", async ({ page, browser }) => {
  await signIn(page);
  const theirs = await browserOf(await newPerson(page, "user"), { browser, path: "/account/api-keys" });
  await expect(theirs.getByText("You have no API keys")).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Create API key" })).toHaveAttribute("aria-disabled", "true");
});
