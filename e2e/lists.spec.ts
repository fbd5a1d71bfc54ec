import { expect, type Page } from "@playwright/test";
import { newAgent } from "./fixtures/agent";
import { signIn, test, trpc } from "./fixtures/organisation";
import { newPerson } from "./fixtures/people";

const rowButton = (page: Page, name: string) =>
  page.getByRole("row").filter({ hasText: name }).getByRole("button", { name: "Row actions" });

test("one menu serves every row: by pointer or key, about its row, and the focus returns", async ({ page }) => {
  await signIn(page);
  const [older, newer] = [await newPerson(page, "user"), await newPerson(page, "user")];
  // The first two rows, however many there are: the menu of the second opens downwards and covers nothing of the first.
  await page.goto("/users?sort=createdAt&direction=desc");
  const [one, other] = [rowButton(page, older.username), rowButton(page, newer.username)];
  const menu = page.getByRole("menu", { name: "Row actions" });
  await one.click();
  await expect(menu).toBeVisible();
  await expect(one).toHaveAttribute("aria-expanded", "true");
  await other.click();
  await expect(menu).toHaveCount(1);
  await expect(one).toHaveAttribute("aria-expanded", "false");
  await expect(other).toHaveAttribute("aria-expanded", "true");
  await other.click();
  await expect(menu).toBeHidden();
  await expect(other).toBeFocused();
  for (const [key, item] of [
    ["Enter", page.getByRole("menuitem").first()],
    ["ArrowUp", page.getByRole("menuitem", { name: "Copy id" })],
    ["ArrowDown", page.getByRole("menuitem").first()],
  ] as const) {
    await page.keyboard.press(key);
    await expect(item).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(menu).toBeHidden();
    await expect(other).toBeFocused();
    // The tooltip that comes with the focus.
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(menu).toBeHidden();
  await expect(other).not.toBeFocused();
});

test("what a button means shows on hover and on focus, stays under the pointer, and goes with Escape", async ({
  page,
}) => {
  await signIn(page);
  await page.goto("/users");
  const tooltip = page.locator("[data-tooltip-popup]");
  const button = page.getByRole("button", { name: "Row actions" }).first();
  await button.hover();
  await expect(tooltip).toHaveText("Row actions");
  await tooltip.hover();
  await page.waitForTimeout(300);
  await expect(tooltip).toBeVisible();
  await page.mouse.move(0, 0);
  await expect(tooltip).toBeHidden();
  await page
    .getByRole("checkbox")
    .or(page.getByRole("link", { name: "ada" }))
    .first()
    .focus();
  while (!(await button.evaluate((element) => element === document.activeElement))) await page.keyboard.press("Tab");
  await expect(tooltip).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(tooltip).toBeHidden();
});

test("a filter's choices come when one looks at them, and what is chosen has its name at once", async ({
  page,
  baseURL,
}) => {
  await signIn(page);
  const owner = await newPerson(page, "user");
  const { secret } = await trpc<{ secret: string }>(page, "enrolment.create", { name: owner.username, usageLimit: 1 });
  const agent = newAgent();
  await agent.run("enrol", baseURL ?? "", "--token", secret, "--name", `of-${owner.username}`);
  const { deviceId } = JSON.parse((await agent.run("status", "--json")).stdout) as { deviceId: string };
  await trpc(page, "devices.setOwner", { id: deviceId, ownerId: owner.id });
  await page.goto("/devices");
  await page.getByRole("button", { name: "Owner: any" }).click();
  await page.getByRole("menuitemradio", { name: owner.username }).click();
  await expect(page).toHaveURL(`/devices?owner=${owner.id}`);
  await expect(page.getByRole("button", { name: `Owner: ${owner.username}` })).toBeVisible();
  const html = await (await page.request.get(`/devices?owner=${owner.id}`)).text();
  expect(html).toContain(owner.username);
  await page.reload();
  await expect(page.getByRole("button", { name: `Owner: ${owner.username}` })).toBeVisible();
  await expect(page.getByRole("link", { name: `of-${owner.username}` })).toBeVisible();
});
