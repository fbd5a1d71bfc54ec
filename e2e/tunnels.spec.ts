import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { freshKey, usableGateway } from "./fixtures/gateway";
import { signIn, trpc, trpcRead } from "./fixtures/organisation";
import { browserOf, newPerson } from "./fixtures/people";
import { test } from "./fixtures/server-with-admin";

const unique = (prefix: string): string => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

/** RFC 8410: what stands before the 32 bytes of an X25519 private key. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");

const base64 = (x: string | undefined): string => Buffer.from(x ?? "", "base64url").toString("base64");

/** The public half as OpenSSL computes it. */
function publicHalf(privateKey: string): string {
  const key = Buffer.concat([PKCS8_HEAD, Buffer.from(privateKey, "base64")]);
  return base64(createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" })).export({ format: "jwk" }).x);
}

/** Everything the page has sent, bodies and addresses. */
function sentBy(page: Page): () => string {
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.url(), request.postData() ?? ""));
  return () => sent.join("\n");
}

/** Stores the profile that is open as a person would, and reads it. */
async function storedProfile(page: Page): Promise<Record<string, string>> {
  const dialog = page.getByRole("dialog", { name: /^Profile for/ });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^[a-z0-9-]{1,15}\.conf$/);
  const lines = readFileSync(await download.path(), "utf8").split("\n");
  await dialog.getByLabel("I stored it").check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  return Object.fromEntries(lines.flatMap((line) => [/^(\w+) = (.+)$/.exec(line)?.slice(1) ?? []]).filter((e) => e[0]));
}

interface Tunnel {
  id: string;
  deviceId: string;
  publicKey: string;
  state: string;
  notAfter: string | null;
}

const tunnelsOf = async (admin: Page, q: string): Promise<Tunnel[]> =>
  (await trpcRead<{ rows: Tunnel[] }>(admin, "tunnels.list", { q })).rows;

/** A person's telephone, whose first tunnel has ended: a device without an agent and without a tunnel. */
async function phone(admin: Page, gatewayId: string): Promise<{ name: string; id: string }> {
  const name = unique("phone");
  const input = { name, platform: "ios", gatewayId, publicKey: freshKey() };
  const { tunnel } = await trpc<{ tunnel: Tunnel }>(admin, "tunnels.addDevice", input);
  await trpc(admin, "tunnels.revoke", { id: tunnel.id });
  return { name, id: tunnel.deviceId };
}

test("a device gets a tunnel whose private key is made in the browser and stays there, until it is ended", async ({
  page,
  server,
}) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Berlin"));
  const device = await phone(page, gateway.id);
  const sent = sentBy(page);
  await page.goto(`/devices/${device.id}/network`);
  await expect(page.getByText("Its tunnel ended")).toBeVisible();
  await page.getByRole("button", { name: "Give it a tunnel" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Gateway").selectOption({ label: gateway.name });
  await dialog.getByLabel("Ends").selectOption({ label: "7 days from now" });
  await dialog.getByRole("button", { name: "Give tunnel" }).click();
  const { PrivateKey = "", PublicKey, PresharedKey, Endpoint } = await storedProfile(page);
  expect([PublicKey, Endpoint]).toEqual([gateway.publicKey, gateway.endpoint]);
  expect(PresharedKey).toHaveLength(44);
  const [tunnel] = await tunnelsOf(page, device.name);
  expect(tunnel).toMatchObject({ state: "active", publicKey: publicHalf(PrivateKey) });
  expect(sent()).toContain(publicHalf(PrivateKey));
  expect(sent()).not.toContain(PrivateKey);
  expect(sent()).not.toContain(encodeURIComponent(PrivateKey));
  await expect(page.getByText("Not connected")).toBeVisible();

  await page.getByRole("button", { name: "Extend" }).click();
  await dialog.getByLabel("Ends").selectOption({ label: "When somebody ends it" });
  await dialog.getByRole("button", { name: "Extend tunnel" }).click();
  await expect(dialog).toBeHidden();
  expect((await tunnelsOf(page, device.name))[0]?.notAfter).toBeNull();

  const own = freshKey();
  await page.getByRole("button", { name: "New key" }).click();
  await dialog.getByLabel("Use the device's own key").check();
  await dialog.getByLabel("Public key of the device").fill("no key");
  await dialog.getByRole("button", { name: "Replace key" }).click();
  await expect(dialog.getByText("Paste the device's public key")).toBeVisible();
  await dialog.getByLabel("Public key of the device").fill(own);
  await dialog.getByRole("button", { name: "Replace key" }).click();
  expect(await storedProfile(page)).not.toHaveProperty("PrivateKey");
  await expect(page.getByText("Key replaced")).toBeVisible();

  await page.getByRole("button", { name: "End tunnel" }).click();
  await expect(dialog).toContainText("off the private network within seconds");
  await dialog.getByRole("button", { name: "End tunnel" }).click();
  await expect(page.getByText("Its tunnel ended")).toBeVisible();
  const left = (await tunnelsOf(page, device.name)).filter(({ state }) => state === "active");
  expect(left).toEqual([]);
});

test("a gateway's tunnels are listed with their devices, found by key, and ended from the list", async ({
  page,
  server,
}) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Lisbon"));
  const device = await phone(page, gateway.id);
  const publicKey = freshKey();
  await trpc(page, "tunnels.create", { deviceId: device.id, gatewayId: gateway.id, publicKey });
  await page.goto(`/gateways/${gateway.id}`);
  await page.getByRole("link", { name: "Tunnels (1)" }).click();
  await page.getByRole("searchbox").fill(publicKey);
  const row = page.getByRole("row", { name: device.name });
  await expect(row).toHaveCount(1);
  await row.getByRole("button", { name: "Row actions" }).click();
  await page.getByRole("menuitem", { name: "End tunnel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End tunnel" }).click();
  await expect(page.getByText(`The tunnel of ${device.name} was ended`).first()).toBeVisible();
  await expect(page.getByText("No tunnels match")).toBeVisible();
  await page.goto(`/gateways/${gateway.id}/tunnels?state=all&q=${encodeURIComponent(publicKey)}`);
  await expect(row.getByText("Ended")).toBeVisible();
  await row.getByRole("link", { name: device.name }).click();
  await expect(page).toHaveURL(`/devices/${device.id}/network`);
});

test("traffic is shown by the hour as by the day, and in numbers for the keyboard", async ({ page, server }) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Oslo"));
  const device = await phone(page, gateway.id);
  const input = { deviceId: device.id, gatewayId: gateway.id, publicKey: freshKey() };
  const { tunnel } = await trpc<{ tunnel: Tunnel }>(page, "tunnels.create", input);
  await gateway.addTraffic(tunnel.id, { rxBytes: 1024, txBytes: 5 * 1024 ** 2 });
  await page.goto(`/devices/${device.id}/network`);
  for (const span of ["24 hours", "62 days", "A year"]) {
    await page.getByRole("link", { name: span, exact: true }).click();
    await expect(page.getByRole("link", { name: span, exact: true })).toHaveAttribute("aria-current", "page");
    await expect(page.getByText("5 MiB to the device, 1 KiB from it. Each bar")).toBeVisible();
  }
  await page.getByText("Show as a table").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row", { name: /5 MiB 1 KiB$/ })).toBeVisible();
});

test("people put a telephone on the network, which waits for approval, renew its profile and end it", async ({
  page,
  browser,
  server,
}) => {
  await signIn(page);
  const gateway = await usableGateway(page, server, unique("Rome"));
  const person = await newPerson(page, "user");
  const here = await browserOf(person, { browser, path: "/account/devices" });
  const name = unique("phone");
  const sent = sentBy(here);
  await here.getByRole("button", { name: "Add device" }).click();
  const dialog = here.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Gateway").selectOption({ label: gateway.name });
  await dialog.getByRole("button", { name: "Make profile" }).click();
  const first = await storedProfile(here);
  await expect(here.getByRole("listitem").filter({ hasText: name })).toContainText("Waits for approval");

  await here.getByRole("button", { name: `New profile: ${name}` }).click();
  await dialog.getByRole("button", { name: "Make new profile" }).click();
  const second = await storedProfile(here);
  expect(second.Address).toBe(first.Address);
  expect(second.PrivateKey).not.toBe(first.PrivateKey);
  const active = (await tunnelsOf(page, name)).filter(({ state }) => state === "active");
  expect(active.map(({ publicKey }) => publicKey)).toEqual([publicHalf(second.PrivateKey ?? "")]);
  for (const { PrivateKey = "none" } of [first, second]) expect(sent()).not.toContain(PrivateKey);

  await here.getByRole("button", { name: `End tunnel: ${name}` }).click();
  await dialog.getByRole("button", { name: "End tunnel" }).click();
  await expect(here.getByRole("listitem").filter({ hasText: name })).toHaveCount(0);
});

test("a device gets a second tunnel under its key, is told what no gateway reaches, and loses one of the two", async ({
  page,
  server,
}) => {
  await signIn(page);
  const first = await usableGateway(page, server, unique("Turin"));
  const second = await usableGateway(page, server, unique("Lyon"));
  const device = await phone(page, first.id);
  const publicKey = freshKey();
  await trpc(page, "tunnels.create", { deviceId: device.id, gatewayId: first.id, publicKey });
  const policy = await trpc<{ id: string }>(page, "policies.create", {
    name: unique("far"),
    targets: [{ type: "device", id: device.id, isExcluded: false }],
    destinations: [{ network: "172.29.0.0/16" }],
  });
  await page.goto(`/devices/${device.id}/network`);
  await expect(page.getByText(/None of the device's gateways reaches .*172\.29\.0\.0\/16/)).toBeVisible();
  await page.getByRole("button", { name: "Add a tunnel" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("option", { name: first.name })).toHaveCount(0);
  await dialog.getByLabel("Gateway").selectOption({ label: second.name });
  await dialog.getByRole("button", { name: "Add tunnel" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("heading", { name: `${first.name} (primary)` })).toBeVisible();
  await expect(page.getByRole("heading", { name: second.name })).toBeVisible();
  const active = async () => (await tunnelsOf(page, device.name)).filter(({ state }) => state === "active");
  expect((await active()).map((tunnel) => tunnel.publicKey)).toEqual([publicKey, publicKey]);

  await page.getByRole("button", { name: "New key" }).click();
  await dialog.getByRole("button", { name: "Replace key" }).click();
  const profile = page.getByRole("dialog", { name: /^Profile for/ });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    profile.getByRole("button", { name: "Download" }).click(),
  ]);
  const file = readFileSync(await download.path(), "utf8");
  expect(file.match(/^PresharedKey = \S{44}$/gm)).toHaveLength(2);
  for (const gateway of [first, second]) expect(file).toContain(`PublicKey = ${gateway.publicKey}`);
  await profile.getByLabel("I stored it").check();
  await profile.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: `End tunnel to ${second.name}` }).click();
  await expect(dialog).toContainText("Its other tunnels go on under the same key");
  await dialog.getByRole("button", { name: "End tunnel" }).click();
  await expect(page.getByRole("heading", { name: second.name })).toHaveCount(0);
  expect(await active()).toHaveLength(1);
  await trpc(page, "policies.remove", { id: policy.id });
});
