import { globSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { newAgent } from "./fixtures/agent";
import { freshKey, usableGateway } from "./fixtures/gateway";
import { signIn, trpc } from "./fixtures/organisation";
import type { RunningServer } from "./fixtures/server";
import { test } from "./fixtures/server-with-admin";

// It looks at every page in every way: the two halves may run beside each other.
test.describe.configure({ mode: "parallel" });

const WIDTHS = [1280, 320];

/** Pages that show something else, or nothing, to somebody who is signed in. */
const SIGNED_OUT = ["/sign-in", "/accept-invite", "/reset-password"];
/** Pages that only send one elsewhere once there is an administrator. */
const ELSEWHERE = ["/", "/setup", "/account"];

/** Every page there is, as `app/` has it; what its parameters stand for comes from the caller. */
function routeBook(ids: Record<string, string>): string[] {
  const files = globSync("app/**/page.tsx", { cwd: process.cwd() });
  return files
    .map(
      (file) =>
        `/${file
          .replace(/\\/g, "/")
          .replace(/^app\//, "")
          .replace(/(^|\/)page\.tsx$/, "")
          .replace(/\([^)]+\)\/?/g, "")}`,
    )
    .map((route) => route.replace(/\/$/, "") || "/")
    .map((route) => route.replace("/[id]", `/${ids[route.split("/")[1] ?? ""] ?? "no-id-for-this-page"}`))
    .sort();
}

/** A gateway with a network behind it, and a tunnel of the device's to it with some traffic, under its second key. */
async function connect(page: Page, server: RunningServer, { name, deviceId }: Record<"name" | "deviceId", string>) {
  const behind = name === "light" ? "10.1.0.0/16" : "10.2.0.0/16";
  const gateway = await usableGateway(page, server, `Gateway ${name}`, [{ network: behind, description: "Office" }]);
  const first = { deviceId, gatewayId: gateway.id, publicKey: freshKey() };
  const { tunnel } = await trpc<{ tunnel: { id: string } }>(page, "tunnels.create", first);
  const second = { id: tunnel.id, publicKey: freshKey() };
  const rotated = await trpc<{ tunnel: { id: string } }>(page, "tunnels.rotateKey", second);
  await gateway.addTraffic(rotated.tunnel.id, { rxBytes: 70_000, txBytes: 5_000_000 });
  return gateway.id;
}

/** Something to see on every page: a user, an API key, tags, tokens, an enrolled and approved device with its facts. */
async function furnish(page: Page, server: RunningServer, name: string): Promise<Record<string, string>> {
  const tag = await trpc<{ id: string }>(page, "tags.create", { name, description: "Somebody carries it" });
  await trpc(page, "apiKeys.create", { name: "Nightly report", lifetimeDays: 30, scopes: ["tag.read"] });
  const invited = await trpc<{ userId: string }>(page, "users.create", {
    username: `grace-${name}`,
    email: `grace-${name}@example.com`,
  });
  const created = await trpc<{ token: { id: string }; secret: string }>(page, "enrolment.create", {
    name: "First laptops",
    usageLimit: 5,
    tagIds: [tag.id],
  });
  const group = await trpc<{ id: string }>(page, "groups.create", { name, description: "Somebody is in it" });
  await trpc(page, "groups.addMembers", { id: group.id, userIds: [invited.userId] });
  const agent = newAgent();
  const enrolled = await agent.run("enrol", server.url, "--token", created.secret, "--name", `lt-grace-${name}`);
  expect(enrolled.stderr).toBe("");
  const { deviceId } = JSON.parse((await agent.run("status", "--json")).stdout) as { deviceId: string };
  await trpc(page, "devices.approve", { id: deviceId });
  await agent.run("sync");
  const gatewayId = await connect(page, server, { name, deviceId });
  const policyId = await allow(page, { name, deviceId, tagId: tag.id });
  const ids = { users: invited.userId, groups: group.id, devices: deviceId, enrolment: created.token.id };
  return { ...ids, gateways: gatewayId, policies: policyId };
}

/** A policy, and a test of it. */
async function allow(
  page: Page,
  { name, deviceId, tagId }: { name: string; deviceId: string; tagId: string },
): Promise<string> {
  const policy = await trpc<{ id: string }>(page, "policies.create", {
    name: `Builders reach the site, ${name}`,
    targets: [{ type: "tag", id: tagId, isExcluded: false }],
    destinations: [{ network: "10.20.0.0/16", protocol: "tcp", ports: { from: 443, to: 443 }, description: "Site" }],
  });
  await trpc(page, "policyTests.create", {
    ...{ name: "The build server stays reachable", sourceType: "device", sourceId: deviceId },
    ...{ destination: "10.20.0.4", protocol: "tcp", port: 443, expect: "allow" },
  });
  return policy.id;
}

async function check(page: Page, route: string, colorScheme: "light" | "dark"): Promise<void> {
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  await page.emulateMedia({ colorScheme });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const response = await page.goto(route);
    expect(response?.status(), route).toBe(200);
    expect(new URL(page.url()).pathname, "the page itself, not another").toBe(route);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page).toHaveTitle(/\S+ · Keyward$/);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
      `${route} ${colorScheme} ${width}`,
    ).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `${route} at ${width} px scrolls sideways`).toBeLessThanOrEqual(0);
  }
  expect(problems, `${route} says nothing on the console`).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page is accessible, ${colorScheme}, at 1280 and 320 px, and fits`, async ({ page, browser, server }) => {
    test.setTimeout(600_000);
    await signIn(page);
    const ids = await furnish(page, server, colorScheme);
    const pages = routeBook(ids).filter((route) => !ELSEWHERE.includes(route));
    expect(pages.length).toBeGreaterThan(15);
    const stranger = await (await browser.newContext({ baseURL: server.url })).newPage();
    for (const route of pages) await check(SIGNED_OUT.includes(route) ? stranger : page, route, colorScheme);
  });
}

test("without a session every page leads to the sign-in page, as a document and as what the router fetches", async ({
  browser,
  baseURL,
}) => {
  const nobodys = "00000000-0000-4000-8000-000000000000";
  const open = [...SIGNED_OUT, "/setup"];
  const sections = ["users", "groups", "devices", "enrolment", "gateways", "policies"];
  const ids = Object.fromEntries(sections.map((section) => [section, nobodys]));
  const pages = routeBook(ids).filter((one) => !open.includes(one));
  expect(pages.length).toBeGreaterThan(15);
  const stranger = await (await browser.newContext({ baseURL })).newPage();
  for (const route of pages) {
    await stranger.goto(route);
    await expect(stranger, route).toHaveURL(/\/sign-in(\?|$)/);
    const fetched = await stranger.request.get(`${route}?_rsc`, { headers: { rsc: "1" }, maxRedirects: 0 });
    const sentTo = fetched.headers().location ?? (await fetched.text()).match(/NEXT_REDIRECT;\w+;([^;]+);/)?.[1];
    expect(sentTo, `${route} for the router`).toMatch(/^(http:\/\/[^/]+)?\/(sign-in\b|overview$|account\/profile$)/);
  }
});

test("a page that is not there and one that is not allowed say so with their status", async ({ page }) => {
  await signIn(page);
  const missing = await page.goto("/devices/00000000-0000-4000-8000-000000000000");
  expect(missing?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});
