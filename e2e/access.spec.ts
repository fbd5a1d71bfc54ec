import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { newAgent } from "./fixtures/agent";
import { freshKey, usableGateway } from "./fixtures/gateway";
import { signIn, trpc } from "./fixtures/organisation";
import type { RunningServer } from "./fixtures/server";
import { test } from "./fixtures/server-with-admin";

/** A device of one kind with a tunnel, a policy that lets that kind to one port of a network, and the gateway there. */
async function furnish(page: Page, server: RunningServer, number: number) {
  const name = `site-${crypto.randomUUID().slice(0, 6)}`;
  const tag = await trpc<{ id: string }>(page, "tags.create", { name });
  const { secret } = await trpc<{ secret: string }>(page, "enrolment.create", { name, tagIds: [tag.id] });
  const agent = newAgent();
  await agent.run("enrol", server.url, "--token", secret, "--name", `server-${name}`);
  const { deviceId } = JSON.parse((await agent.run("status", "--json")).stdout) as { deviceId: string };
  await trpc(page, "devices.approve", { id: deviceId });
  const gateway = await usableGateway(page, server, `Gateway ${name}`, [
    { network: `10.${number}.0.0/16`, description: "Site" },
  ]);
  await trpc(page, "tunnels.create", { deviceId, gatewayId: gateway.id, publicKey: freshKey() });
  const policy = await trpc<{ id: string }>(page, "policies.create", {
    name: `Reach ${name}`,
    targets: [{ type: "tag", id: tag.id, isExcluded: false }],
    destinations: [{ network: `10.${number}.0.0/24`, protocol: "tcp", ports: { from: 443, to: 443 } }],
  });
  return { name, tag: tag.id, deviceId, device: `server-${name}`, gateway: gateway.name, policy };
}

async function isAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `at ${width} px it scrolls sideways`).toBeLessThanOrEqual(0);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test("whether a device can reach an address is explained, at an address that can be handed on", async ({
  page,
  server,
}) => {
  await signIn(page);
  const { name, device, deviceId, gateway, policy } = await furnish(page, server, 41);
  await page.goto(`/devices/${deviceId}/network`);
  await page.getByRole("link", { name: "What can it reach?" }).click();
  await expect(page.getByRole("combobox", { name: "Which device" })).toHaveValue(device);
  await page.getByLabel("To the address").fill("10.41.0.9");
  await page.getByRole("button", { name: "Explain" }).click();
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer).toContainText("In part: it depends on the protocol and the port.");
  await expect(answer.getByRole("listitem").filter({ hasText: "TCP 443" })).toContainText("Allowed");

  await page.getByLabel("Protocol").selectOption("tcp");
  await page.getByLabel("Port").fill("443");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page).toHaveURL(/\/access\?device=[0-9a-f-]+&dst=10\.41\.0\.9&protocol=tcp&port=443$/);
  const sentence = `Yes: policy “Reach ${name}” (priority 100) allows 10.41.0.0/24 to tag ${name}.`;
  await expect(answer).toContainText(sentence);
  await expect(answer).toContainText(`Through the tunnel to ${gateway}, which reaches it in 10.41.0.0/16.`);
  await expect(answer).toContainText("does not enforce this yet");
  await expect(answer.getByRole("row").filter({ hasText: `Reach ${name}` })).toContainText("It decides");
  await isAccessible(page);

  await page.reload();
  await expect(answer).toContainText(sentence);
  await expect(page.getByLabel("Port")).toHaveValue("443");
  await page.getByLabel("To the address").fill("10.41.9.9");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(answer).toContainText("No: no policy for it holds this address.");
  await expect(answer.getByRole("row").filter({ hasText: `Reach ${name}` })).toContainText("It does not lead there");

  await trpc(page, "devices.suspend", { id: deviceId });
  await page.reload();
  await expect(answer).toContainText("No: the device is not active.");
  await answer.getByRole("link", { name: device }).click();
  await expect(page.getByRole("heading", { name: device })).toBeVisible();
  expect(policy.id).toBeTruthy();
});

test("what cannot be asked is said at its field", async ({ page }) => {
  await signIn(page);
  await page.goto("/access");
  await page.getByLabel("To the address").fill("10.0.0.0/8");
  await page.getByLabel("Port").fill("443");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText("Choose one from the list.")).toBeVisible();
  await expect(page.getByLabel("To the address")).toHaveAccessibleDescription(/Enter one address/);
  await page.getByLabel("To the address").fill("10.0.0.9");
  await expect(page.getByText("Nothing asked yet")).toBeVisible();
});

test("who can reach an address is listed, filtered, and leads to each explanation", async ({ page, server }) => {
  await signIn(page);
  const { device, policy, name } = await furnish(page, server, 42);
  await page.goto(`/policies/${policy.id}`);
  await page.getByRole("link", { name: "Who can reach it?" }).click();
  await expect(page).toHaveURL(/\/access\/reach\?dst=10\.42\.0\.0&protocol=tcp&port=443$/);
  const row = page.getByRole("row").filter({ hasText: device });
  await expect(row).toContainText("Allowed");
  await expect(row).toContainText(`Reach ${name}`);
  await isAccessible(page);
  await page.goto(`/access/reach?dst=10.42.0.0&protocol=tcp&port=22&verdict=deny&q=${device}`);
  await expect(row).toContainText("No policy matches");
  await row.getByRole("link", { name: device }).click();
  await expect(page.getByRole("region", { name: "Answer" })).toContainText("No: no policy for it holds this address.");
});

test("the graph shows who is led where, and its table says the same", async ({ page, server }) => {
  await signIn(page);
  const { name, tag, gateway, policy } = await furnish(page, server, 43);
  await trpc(page, "policies.create", {
    ...{ name: `Deny ${name}`, effect: "deny", priority: 1 },
    targets: [
      { type: "all", isExcluded: false },
      { type: "tag", id: tag, isExcluded: true },
    ],
    destinations: [{ network: "10.43.0.0/24" }],
  });
  await page.goto(`/access/graph?q=${name}`);
  const picture = page.locator("svg").filter({ hasText: "10.43.0.0/24" });
  await expect(picture).toContainText(`Reach ${name}`);
  // Two lines to each policy's network, and those of two targets and one: full, broken and dotted.
  await expect(picture.locator("path")).toHaveCount(5);
  await expect(picture.locator("path[stroke-dasharray]")).toHaveCount(3);
  const row = page.getByRole("row").filter({ hasText: `Deny ${name}` });
  await expect(row).toContainText(`Everybodywithout ${name}`);
  await expect(row).toContainText(`10.43.0.0/24 by ${gateway}`);
  await isAccessible(page);
  await picture
    .locator("text")
    .filter({ hasText: `Reach ${name}` })
    .click();
  await expect(page).toHaveURL(new RegExp(`/policies/${policy.id}$`));
});
