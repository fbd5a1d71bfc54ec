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
const HALVES = ["first", "second"] as const;

const WIDTHS = [1280, 320];
/** All of axe's rules that a page's colours have a say in. */
const COLOURS = ["color-contrast", "link-in-text-block"];

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

/** Each half has a scene of its own, in case one server is asked for both. */
interface Half {
  name: string;
  half: number;
}

/** A gateway with a network behind it, and a tunnel of the device's to it with some traffic, under its second key. */
async function connect(page: Page, server: RunningServer, { name, half, deviceId }: Half & { deviceId: string }) {
  const behind = `10.${1 + half}.0.0/16`;
  const gateway = await usableGateway(page, server, `Gateway ${name}`, [{ network: behind, description: "Office" }]);
  const first = { deviceId, gatewayId: gateway.id, publicKey: freshKey() };
  const { tunnel } = await trpc<{ tunnel: { id: string } }>(page, "tunnels.create", first);
  const second = { id: tunnel.id, publicKey: freshKey() };
  const rotated = await trpc<{ tunnel: { id: string } }>(page, "tunnels.rotateKey", second);
  await gateway.addTraffic(rotated.tunnel.id, { rxBytes: 70_000, txBytes: 5_000_000 });
  return gateway.id;
}

/** Something to see on every page: a user, an API key, tags, tokens, an enrolled and approved device with its facts. */
async function furnish(page: Page, server: RunningServer, { name, half }: Half): Promise<Record<string, string>> {
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
  const gatewayId = await connect(page, server, { name, half, deviceId });
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

/** What axe finds, in words; `only` these rules, or all. */
async function violations(page: Page, only?: string[]): Promise<string[]> {
  // Pages have no frames of another origin, for which axe would open a page of its own each time.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const found = await (only ? axe.withRules(only) : axe).analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

/** Looks like this, with no colour on its way to another. */
async function recolour(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.waitForFunction(() =>
    document.getAnimations().every(({ effect }) => effect?.getComputedTiming().endTime === Number.POSITIVE_INFINITY),
  );
}

/** Opens a page once and looks at it in every width and colour: all four are its style sheet's work. */
async function check(page: Page, route: string, problems: readonly string[]): Promise<void> {
  const [width = 1280] = WIDTHS;
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
  const response = await page.goto(route);
  expect(response?.status(), route).toBe(200);
  expect(new URL(page.url()).pathname, "the page itself, not another").toBe(route);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page).toHaveTitle(/\S+ · Keyward$/);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await recolour(page, "light");
    expect(await violations(page), `${route} light ${width}`).toEqual([]);
    await recolour(page, "dark");
    expect(await violations(page, COLOURS), `${route} dark ${width}`).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `${route} at ${width} px scrolls sideways`).toBeLessThanOrEqual(0);
  }
  expect(problems, `${route} says nothing on the console`).toEqual([]);
}

/** What a page complains of, as it comes. */
function complaints(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  return problems;
}

for (const [half, name] of HALVES.entries()) {
  test(`every page of the ${name} half is accessible, light and dark, at 1280 and 320 px, and fits`, async ({
    page,
    browser,
    server,
  }) => {
    test.setTimeout(600_000);
    await signIn(page);
    const ids = await furnish(page, server, { name, half });
    const pages = routeBook(ids).filter((route) => !ELSEWHERE.includes(route));
    expect(pages.length).toBeGreaterThan(15);
    const stranger = await (await browser.newContext({ baseURL: server.url })).newPage();
    const [own, strangers] = [complaints(page), complaints(stranger)];
    for (const route of pages.filter((_, at) => at % HALVES.length === half)) {
      await (SIGNED_OUT.includes(route) ? check(stranger, route, strangers) : check(page, route, own));
    }
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
