import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { AppError } from "@/server/core/errors";
import { type AgentAnswer, ask, enrolment, from, refusal } from "@/server/testing/agent-answer";
import { DeviceClient } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";
import { gated, REFUSALS_A_MINUTE } from "./agent-gate";

let world: World;
let device: factories.TestDevice;
beforeAll(async () => {
  world = await createWorld();
  device = await factories.device();
});
afterAll(() => world.end());

let addresses = 0;
let ip: string;
beforeEach(() => {
  addresses += 1;
  ip = `203.0.113.${addresses}`;
});

const self = (client: DeviceClient, address = ip) => ask(from(address, client.request("GET", "/self")));

/** The cheapest refusal there is. */
function unsigned(address = ip): Request {
  const request = new DeviceClient().request("GET", "/self");
  request.headers.delete("signature");
  return from(address, request);
}

const refuse = (address: string) =>
  gated(address, () => Promise.reject(new AppError("signature-missing"))).catch(() => undefined);

/** As many refusals as an address may have, the last few of them over HTTP. */
async function spend(make = () => unsigned(), address = ip): Promise<void> {
  for (let left = REFUSALS_A_MINUTE; left > 10; left -= 1) await refuse(address);
  for (let left = 10; left > 0; left -= 1) expect(await ask(make())).toMatchObject(refusal(401, "signature-missing"));
}

function expectTooMany(answer: AgentAnswer): void {
  expect(answer).toMatchObject(refusal(429, "too-many-requests"));
  const seconds = Number(answer.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
}

it("an address from which too much was refused gets a signed 429 that says when to come back, and nobody else does", async () => {
  await spend();
  expectTooMany(await ask(unsigned()));
  expectTooMany(await self(device.client));
  const { secret } = await factories.enrolmentToken();
  expectTooMany(await ask(from(ip, enrolment(new DeviceClient(), secret))));
  expectTooMany(await ask(from(ip, new DeviceClient().request("GET", "/server"))));
  expectTooMany(await ask(from(ip, new DeviceClient().request("GET", "/nothing"))));
  expect((await self(device.client, "198.51.100.77")).status).toBe(200);
});

it("beyond the limit nothing is looked at: whatever else is wrong with a request, it is one too many", async () => {
  await spend();
  const { client } = device;
  const wrong = [
    unsigned(),
    from(ip, client.request("POST", "/checkins", { body: "x".repeat(100_000) })),
    from(ip, client.request("POST", "/checkins", { body: {}, headers: { "content-digest": "sha-256=:AAAA:" } })),
    from(ip, client.request("GET", "/self", { created: 0 })),
    from(ip, new Request(`${client.request("GET", "/self").url}?query`)),
  ];
  for (const request of wrong) expectTooMany(await ask(request));
});

it("what is let in costs an address nothing", async () => {
  const many = await Promise.all(Array.from({ length: 5 }, () => factories.device()));
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(many.map(({ client }) => self(client)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  }
  await spend();
  expectTooMany(await ask(unsigned()));
});

it("an IPv6 network of 64 bits is one address", async () => {
  let host = 0;
  const next = () => {
    host += 1;
    return unsigned(`2001:db8:7:7::${host.toString(16)}`);
  };
  await spend(next, "2001:db8:7:7:ffff::1");
  expectTooMany(await self(device.client, "2001:db8:7:7:aaaa::1"));
  expect((await self(device.client, "2001:db8:7:8::1")).status).toBe(200);
});
