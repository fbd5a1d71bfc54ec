import { expect, type Page } from "@playwright/test";
import { newAgent } from "./fixtures/agent";
import { signIn, test, trpc } from "./fixtures/organisation";

const unique = (prefix: string): string => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

/** A device that is there, without a tunnel. */
async function device(page: Page, url: string): Promise<string> {
  const { secret } = await trpc<{ secret: string }>(page, "enrolment.create", { name: unique("token") });
  const name = unique("laptop");
  await newAgent().run("enrol", url, "--token", secret, "--name", name);
  return name;
}

/** Gives a device an address by hand, and asks who has it. */
async function assign(page: Page, { gateway, laptop }: { gateway: string; laptop: string }): Promise<void> {
  const dialog = page.getByRole("dialog");
  await page.goto(`/addresses?q=${gateway}`);
  await page
    .getByRole("row", { name: /10\.99\.0\.0\/24/ })
    .getByRole("button")
    .last()
    .click();
  await page.getByRole("menuitem", { name: "Assign an address" }).click();
  await dialog.getByLabel("Device").fill(laptop);
  await page.getByRole("option", { name: laptop }).click();
  await dialog.getByLabel("Address", { exact: true }).fill("10.99.0.77");
  await dialog.getByRole("button", { name: "Assign" }).click();
  await expect(page.getByText(`${laptop} has 10.99.0.77 now`)).toBeVisible();
  await page.goto("/addresses/allocations");
  await page.getByLabel("Address", { exact: true }).fill("10.99.0.77");
  await page.getByRole("button", { name: "Ask" }).click();
  await expect(page.getByRole("status").getByRole("link", { name: laptop })).toBeVisible();
}

test("a gateway is created with its pools, gets a machine's token, is changed, gives addresses and is removed", async ({
  page,
  baseURL,
}) => {
  await signIn(page);
  const laptop = await device(page, baseURL);
  const name = unique("Berlin");
  await page.goto("/overview");
  await page.getByRole("link", { name: "Gateways" }).first().click();
  await page.getByRole("button", { name: "Create gateway" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Network of the tunnels", { exact: true }).fill("10.99.0.7/24");
  await dialog.getByRole("button", { name: "Make one up" }).click();
  await expect(dialog.getByLabel("IPv6 network of the tunnels")).toHaveValue(/^fd[0-9a-f:]+::\/64$/);
  await dialog.getByLabel("Networks behind it").fill("10.98.0.0/16 Office");
  await dialog.getByRole("button", { name: "Create gateway" }).click();
  await expect(dialog.getByText("Write 10.99.0.0/24")).toBeVisible();
  await dialog.getByLabel("Network of the tunnels", { exact: true }).fill("10.99.0.0/24");
  await dialog.getByRole("button", { name: "Create gateway" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByText("Never enrolled")).toBeVisible();

  await page.getByRole("button", { name: "Enrol a machine" }).click();
  await expect(page.getByRole("figure", { name: "Join command" })).toContainText("keyward-agent gateway enrol");
  await page.getByLabel("I stored it").check();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("A token that was made can be used until")).toBeVisible();

  await page.getByLabel("Networks behind it").fill("10.99.0.128/25 Too near");
  await page.getByRole("button", { name: "Save gateway" }).click();
  await expect(page.getByText("10.99.0.128/25 overlaps 10.99.0.0/24, the gateway's own tunnels")).toBeVisible();
  await page.getByLabel("Networks behind it").fill("10.98.0.0/16 Office\n10.97.0.0/24 Lab");
  await page.getByRole("button", { name: "Save gateway" }).click();
  await expect(page.getByText(`${name} saved`)).toBeVisible();

  await assign(page, { gateway: name, laptop });
  await page.goto("/gateways");
  await page.getByRole("link", { name }).first().click();
  await page.getByRole("button", { name: "Remove gateway" }).click();
  await dialog.getByRole("textbox").fill(name);
  await dialog.getByRole("button", { name: "Remove gateway" }).click();
  await page.waitForURL("**/gateways");
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});
