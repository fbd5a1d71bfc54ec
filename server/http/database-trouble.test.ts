import { NextRequest } from "next/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, getSql } from "@/db/client";
import { proxy as pageProxy } from "@/server/auth/proxy";
import { log } from "@/server/core/log";
import { patience } from "@/server/core/patience";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { type ProxyMode, TcpProxy } from "@/server/testing/tcp-proxy";
import { expired } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let network: TcpProxy;
let admin: factories.TestUser;
beforeAll(async () => {
  log.level = "silent";
  world = await createWorld();
  network = await TcpProxy.before(world.database.url);
  await closeDatabase();
  process.env.DATABASE_URL = network.url;
  admin = await factories.user({ roles: ["admin"] });
});
afterAll(async () => {
  await world.end();
  await network.end();
});

const { ms: PATIENCE_MS } = patience;

/** Cuts the network for those who are impatient only then: on a busy machine a sound database may be silent as long. */
async function lose(mode: ProxyMode): Promise<void> {
  patience.ms = 400;
  await network.set(mode);
}

async function find(): Promise<void> {
  await network.set("open");
  patience.ms = PATIENCE_MS;
}
beforeEach(find);
afterEach(find);

const troubles: ProxyMode[] = ["refuse", "hang-up", "silent"];

/** Asks until it works again; how long that takes is not what is tested. */
async function recovered<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Opens every connection of the pool and waits until it is in use: postgres.js first asks a new one for its types, and
 * when that is cut short nobody takes the blame (an unhandled rejection; the server logs it, the test runner minds).
 */
const warm = () => Promise.all(Array.from({ length: 10 }, () => getSql()`select pg_sleep(0.05)`));

const page = (browser: Browser) => pageProxy(new NextRequest(browser.request("/overview")));

function expectUnavailable(answer: Response) {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(answer.headers.getSetCookie()).toEqual([]);
}

describe.each(troubles)("T11: while the database is out of reach (%s)", (mode) => {
  let browser: Browser;
  let device: factories.TestDevice;
  beforeEach(async () => {
    await recovered(
      () => world.http(new Request("http://localhost/api/health/ready")),
      ({ status }) => status === 200,
    );
    browser = await world.browser(admin);
    device = await factories.device();
    await warm();
    await lose(mode);
  });

  it("every kind of request says so, keeps its cookies and is told when to come back; then all is as before", async () => {
    const credentials = { username: admin.username, password: admin.password };
    const asked = browser.copy();
    const over = browser.copy();
    over.setCookie("kw-at", await expired(browser.cookie("kw-at")));
    const answers = await Promise.all([
      page(asked),
      page(over),
      asked.fetch("/api/trpc/account.me"),
      over.fetch("/api/trpc/account.me"),
      asked.call("tags.create", { name: "never" }).then(({ response }) => response),
      asked.copy().refresh(),
      asked.copy().signOut(),
      asked.fetch("/api/auth/session"),
      new Browser().signIn(credentials),
      world.http(new Request("http://localhost/api/health/ready")),
      device.client.checkIn(),
    ]);
    answers.forEach(expectUnavailable);
    expect(answers[0]?.headers.get("content-type")).toContain("text/html");
    expect((await world.http(new Request("http://localhost/api/health/live"))).status).toBe(200);

    await find();
    const back = await recovered(
      () => over.call("account.me"),
      ({ status }) => status !== 503,
    );
    expect(back.status).toBe(200);
    expect((await browser.call("account.me")).status).toBe(200);
    expect((await page(browser)).status).toBe(200);
    expect((await browser.refresh()).status).toBe(204);
    expect((await world.browser(admin)).cookie("kw-at")).not.toBe("");
    expect((await device.client.checkIn()).status).toBe(200);
    expect(await world.database.sql`select 1 from tags where name = 'never'`).toHaveLength(0);
  });

  it("what is not ours is refused without asking the database", async () => {
    const forged = `${browser.cookie("kw-rt").slice(0, -3)}AAA`;
    expect((await new Browser().setCookie("kw-rt", forged).refresh()).status).toBe(401);
    const alien = await new Browser()
      .setCookie("kw-at", `${browser.cookie("kw-at").slice(0, -9)}AAAAAAAAA`)
      .call("account.me");
    expect(alien.status).toBe(401);
    expect((await new Browser().call("account.me")).status).toBe(401);
  });
});

it("T11: however long it was away, it is back at the first request after it is", async () => {
  patience.ms = 60_000;
  const browser = await world.browser(admin);
  await warm();
  await network.set("refuse");
  for (let at = 0; at < 60; at += 1) expect((await browser.call("account.me")).status).toBe(503);
  await network.set("open");
  expect((await browser.call("account.me")).status).toBe(200);
});

describe.each(troubles)("T11: when the database is lost in the middle of it (%s)", (mode) => {
  it("nothing is half written: what was answered is there, and everything that is there is on record", async () => {
    const browser = await world.browser(admin);
    await warm();
    patience.ms = 400;
    const names = Array.from({ length: 60 }, () => factories.unique("tag"));
    let settled = 0;
    const work = names.map(async (name) => {
      const { status } = await browser.copy().call("tags.create", { name });
      settled += 1;
      if (settled === 5) await network.set(mode);
      return { name, status };
    });
    const outcomes = await Promise.all(work);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200, 503]));
    await find();
    await recovered(
      () => browser.copy().call("account.me"),
      ({ status }) => status === 200,
    );
    const there = await world.database.sql`
      select t.name, count(a.id)::int as records from tags t left join audit_logs a on a.entity_id = t.id::text
      where t.name = any(${names}) group by t.name`;
    expect(there.filter(({ records }) => records !== 1)).toEqual([]);
    const found = new Set(there.map(({ name }) => name));
    expect(outcomes.filter(({ name, status }) => status === 200 && !found.has(name))).toEqual([]);
  });

  it("a session that was being renewed goes on afterwards, and nobody has to sign in again", async () => {
    const browser = await world.browser(admin);
    await warm();
    patience.ms = 400;
    const copies = Array.from({ length: 12 }, () => browser.copy());
    const work = copies.map(async (copy, at) => {
      if (at === 4) await network.set(mode);
      return (await copy.refresh()).status;
    });
    const statuses = await Promise.all(work);
    expect(statuses.filter((status) => status !== 204 && status !== 503)).toEqual([]);
    await find();
    for (const copy of [browser, ...copies]) {
      const answer = await recovered(
        () => copy.refresh(),
        ({ status }) => status !== 503,
      );
      expect(answer.status).toBe(204);
      expect((await copy.call("account.me")).status).toBe(200);
    }
  });
});
