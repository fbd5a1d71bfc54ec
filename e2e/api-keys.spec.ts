import { expect, type Page } from "@playwright/test";
import { signIn, test, trpc } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";

/** A key of whoever the page belongs to. */
async function newKey(page: Page, name: string): Promise<string> {
  const input = { name, lifetimeDays: 30, scopes: ["tag.read"] };
  return (await trpc<{ secret: string }>(page, "apiKeys.create", input)).secret;
}

/** What the REST API answers to a key. */
async function statusWith(page: Page, secret: string): Promise<number> {
  return (await page.request.get("/api/v1/tags", { headers: { authorization: `Bearer ${secret}` } })).status();
}

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

test("a key is rotated: the new one is shown once, and the old one works on for as long as was chosen", async ({
  page,
}) => {
  await signIn(page);
  const [later, now] = [await newKey(page, "Changes over"), await newKey(page, "Leaked")];
  await page.goto("/account/api-keys");
  const rotate = async (name: string, overlap: string) => {
    await page.getByRole("button", { name: `Rotate API key: ${name}` }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("The old key works on for").selectOption(overlap);
    await dialog.getByRole("button", { name: "Rotate key" }).click();
    const secret = (await dialog.getByText(/^kw_live_/).textContent()) ?? "";
    await dialog.getByRole("checkbox", { name: "I stored it" }).check();
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(page.getByText(secret)).toHaveCount(0);
    return secret;
  };
  const item = (name: string, state: string) =>
    page.getByRole("listitem").filter({ hasText: name }).filter({ hasText: state });

  const successor = await rotate("Changes over", "7 days");
  await expect(item("Changes over", "Active")).toHaveCount(1);
  const old = item("Changes over", "Being replaced");
  await expect(old.getByRole("button", { name: "Rotate API key: Changes over" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  expect([await statusWith(page, later), await statusWith(page, successor)]).toEqual([200, 200]);

  const other = await rotate("Leaked", "Not at all");
  await expect(item("Leaked", "Revoked")).toHaveCount(1);
  expect([await statusWith(page, now), await statusWith(page, other)]).toEqual([401, 200]);
});

test("an administrator finds everybody's keys and ends one; who may only look is not offered that", async ({
  page,
  browser,
}) => {
  await signIn(page);
  const [owner, viewer] = [await newPerson(page, "viewer"), await newPerson(page, "viewer")];
  const theirs = await browserOf(owner, { browser, path: "/account/api-keys" });
  const secret = await newKey(theirs, "Somebody's report");

  const looking = await browserOf(viewer, { browser, path: `/api-keys?q=${owner.username}` });
  await looking
    .getByRole("row")
    .filter({ hasText: "Somebody's report" })
    .getByRole("button", { name: "Row actions" })
    .click();
  await expect(looking.getByRole("menuitem", { name: "Revoke…" })).toHaveAttribute("aria-disabled", "true");

  await page.goto("/overview");
  await page.getByRole("link", { name: "API keys", exact: true }).click();
  await page.getByRole("searchbox", { name: "Search keys" }).fill(owner.username);
  const row = page.getByRole("row").filter({ hasText: "Somebody's report" });
  await expect(row).toContainText(owner.username);
  await expect(row).toContainText("Active");
  await expect(row).toContainText("1 scope");
  await row.getByRole("button", { name: "Row actions" }).click();
  await page.getByRole("menuitem", { name: "Revoke…" }).click();
  await page
    .getByRole("dialog", { name: "Revoke the API key “Somebody's report”?" })
    .getByRole("button", { name: "Revoke key" })
    .click();
  await expect(row).toContainText("Revoked");
  expect(await statusWith(page, secret)).toBe(401);
  await theirs.reload();
  await expect(theirs.getByRole("listitem").filter({ hasText: "Somebody's report" })).toContainText("Revoked");
});

test("who may do nothing that a key could do is told so", async ({ page, browser }) => {
  await signIn(page);
  const theirs = await browserOf(await newPerson(page, "user"), { browser, path: "/account/api-keys" });
  await expect(theirs.getByText("You have no API keys")).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Create API key" })).toHaveAttribute("aria-disabled", "true");
});
