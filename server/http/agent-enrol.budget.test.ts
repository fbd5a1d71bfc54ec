import { afterAll, beforeAll, expect, it } from "vitest";
import { newToken } from "@/server/modules/enrolment/token";
import { ask, enrolment, from, refusal } from "@/server/testing/agent-answer";
import { DeviceClient } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const enrol = (ip: string, token: string) => ask(from(ip, enrolment(new DeviceClient(), token)));

async function guess(ip: string, times: number): Promise<void> {
  for (let at = 0; at < times; at += 1) {
    expect(await enrol(ip, newToken())).toMatchObject(refusal(403, "token-invalid"));
  }
}

it("refuses an address after ten unknown tokens with 429 and when to come back, and nobody else", async () => {
  const { secret } = await factories.enrolmentToken({ usageLimit: 5 });
  await guess("198.51.100.1", 10);
  const refused = await enrol("198.51.100.1", secret);
  expect(refused).toMatchObject(refusal(429, "too-many-requests"));
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(500);
  expect((await enrol("198.51.100.2", secret)).status).toBe(201);
});

it("counts an IPv6 network of 64 bits as one caller", async () => {
  const { secret } = await factories.enrolmentToken({ usageLimit: 5 });
  for (let at = 1; at <= 10; at += 1) await guess(`2001:db8:5:5::${at}`, 1);
  expect(await enrol("2001:db8:5:5:ffff::1", secret)).toMatchObject(refusal(429, "too-many-requests"));
  expect((await enrol("2001:db8:5:6::1", secret)).status).toBe(201);
});

it("charges nothing for enrolments, retries and tokens that are real but not usable", async () => {
  const ip = "198.51.100.3";
  const plenty = await factories.enrolmentToken({ usageLimit: 15 });
  const spent = await factories.enrolmentToken();
  const first = new DeviceClient();
  await ask(from(ip, enrolment(first, spent.secret)));
  for (let at = 0; at < 12; at += 1) {
    expect((await enrol(ip, plenty.secret)).status).toBe(201);
    expect(await enrol(ip, spent.secret)).toMatchObject(refusal(403, "token-exhausted"));
    expect((await ask(from(ip, enrolment(first, spent.secret)))).status).toBe(200);
  }
  await guess(ip, 10);
  expect(await enrol(ip, plenty.secret)).toMatchObject(refusal(429, "too-many-requests"));
});

it("charges nothing for requests that are not even signed", async () => {
  const ip = "198.51.100.4";
  const { secret } = await factories.enrolmentToken();
  for (let at = 0; at < 12; at += 1) {
    const request = from(ip, enrolment(new DeviceClient(), secret));
    request.headers.delete("signature");
    expect(await ask(request)).toMatchObject(refusal(401, "signature-missing"));
  }
  expect((await enrol(ip, secret)).status).toBe(201);
});

it("records refusals once per address and minute, and says so once when they look like guessing", async () => {
  const { sql } = world.database;
  const addresses = Array.from({ length: 12 }, (_, at) => `203.0.113.${at + 1}`);
  await Promise.all(addresses.flatMap((ip) => Array.from({ length: 9 }, () => enrol(ip, newToken()))));
  const failed = await sql`
    select host(ip_address) as ip, count(*)::int as times from audit_logs
     where event_type = 'enrolment.failed' and ip_address <<= '203.0.113.0/24' group by 1`;
  expect(failed).toHaveLength(12);
  // One more where the guessing was noticed, for the context of that.
  expect(failed.reduce((sum, { times }) => sum + times, 0)).toBeLessThanOrEqual(13);
  const [suspected] = await sql`
    select count(*)::int as times from audit_logs where event_type = 'enrolment.bruteforce-suspected'`;
  expect(suspected).toEqual({ times: 1 });
});
