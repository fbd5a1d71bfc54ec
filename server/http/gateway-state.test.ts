import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stateFromDelta } from "@/agent/gateway/delta";
import { sha256Hex } from "@/server/core/crypto";
import { GatewayDelta, GatewayState } from "@/server/modules/gateways/state.schema";
import { type AgentAnswer, refusal } from "@/server/testing/agent-answer";
import * as factories from "@/server/testing/factories";
import { gateway, policy, type TestGateway, tunnel } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.database.sql`delete from policies`;
  gw = await gateway(world.database);
});

const stateOf = async (): Promise<GatewayState> => (await gw.get("/state")).read(GatewayState);
const keysIn = ({ peers }: GatewayState): string[] => peers.map(({ publicKey }) => publicKey);
const etagOf = ({ headers }: AgentAnswer): string => headers.get("etag") ?? "";

describe("a gateway's state", () => {
  it("is what the contract says, canonical, signed, with its own hash for an ETag", async () => {
    await policy(world.database, { destination: "10.200.0.0/16" });
    const { publicKey, presharedKey, tunnel: made } = await tunnel(gw);
    const answer = await gw.get("/state");
    expect(answer).toMatchObject({ status: 200, isSigned: true });
    expect(etagOf(answer)).toBe(`"${sha256Hex(answer.text)}"`);
    const state = answer.read(GatewayState);
    expect(state.counts).toEqual({ peers: 1, profiles: 1 });
    expect(state.peers).toEqual([
      {
        publicKey,
        presharedKey,
        notAfter: null,
        allowedIps: made.addresses.map((address) => `${address}/${address.includes(":") ? 128 : 32}`),
      },
    ]);
    const [hash] = Object.keys(state.profiles);
    expect(Object.entries(state.deviceProfiles)).toEqual(made.addresses.map((address) => [address, hash]));
    expect(Object.values(state.profiles)[0]).toMatchObject([{ destination: "10.200.0.0/16", verdict: "allow" }]);
  });

  it("is answered with 304 to whoever has it, and whole to whoever has another", async () => {
    const first = await gw.get("/state");
    expect(await gw.get("/state", { "if-none-match": etagOf(first) })).toMatchObject({ status: 304, text: "" });
    expect((await gw.get("/state", { "if-none-match": `"${"0".repeat(64)}"` })).text).toBe(first.text);
  });

  it("is told as what has changed to whoever asks for that and has one of the last, which makes the same bytes", async () => {
    await policy(world.database, { destination: "10.203.0.0/16" });
    for (let count = 0; count < 5; count += 1) await tunnel(gw);
    const first = await gw.get("/state");
    const { publicKey } = await tunnel(gw);
    const asked = { "if-none-match": etagOf(first), "a-im": "vcdiff, wg-delta;q=1" };
    const answer = await gw.get("/state", asked);
    expect(answer).toMatchObject({ status: 226, isSigned: true });
    expect([answer.headers.get("im"), answer.headers.get("delta-base")]).toEqual(["wg-delta", etagOf(first)]);
    const delta = answer.read(GatewayDelta);
    expect(delta.peers).toMatchObject({ upsert: [{ publicKey }], remove: [] });
    const whole = await gw.get("/state", { "if-none-match": etagOf(first) });
    expect([whole.status, etagOf(whole)]).toEqual([200, etagOf(answer)]);
    const base = { etag: sha256Hex(first.text), state: first.read(GatewayState) };
    const made = stateFromDelta(base, Buffer.from(answer.text));
    expect(Buffer.from(made?.bytes ?? []).toString()).toBe(whole.text);
    expect(await gw.get("/state", { ...asked, "if-none-match": `"${"0".repeat(64)}"` })).toMatchObject({
      status: 200,
      text: whole.text,
    });
    expect(await gw.get("/state", { ...asked, "if-none-match": etagOf(whole) })).toMatchObject({ status: 304 });
  });

  it("comes whole where what has changed is most of it", async () => {
    const first = await gw.get("/state");
    for (let count = 0; count < 5; count += 1) await tunnel(gw);
    const answer = await gw.get("/state", { "if-none-match": etagOf(first), "a-im": "wg-delta" });
    expect([answer.status, answer.read(GatewayState).peers.length]).toEqual([200, 5]);
  });

  it("is told to a gateway only, and to no other device", async () => {
    const { client } = await factories.device();
    const answer = await client.send("GET", "/state", { below: "/api/gateway/v1" });
    expect(answer.status).toBe(403);
    await world.database.sql`update devices set status = 'suspended' where id = ${gw.deviceId}`;
    expect(await gw.get("/state")).toMatchObject(refusal(403, "device-suspended"));
  });

  it("has nobody whose device, owner or tunnel may not be there, and has them again when they may", async () => {
    const { sql } = world.database;
    const owner = await factories.user();
    const { publicKey, device, id } = await tunnel(gw, owner);
    const away: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
      [
        "device suspended",
        () => sql`update devices set status = 'suspended' where id = ${device.id}`,
        () => sql`update devices set status = 'active' where id = ${device.id}`,
      ],
      [
        "owner suspended",
        () => sql`update users set status = 'suspended' where id = ${owner.id}`,
        () => sql`update users set status = 'active' where id = ${owner.id}`,
      ],
      [
        "device expired",
        () => sql`update devices set expires_at = now() where id = ${device.id}`,
        () => sql`update devices set expires_at = null where id = ${device.id}`,
      ],
      [
        "tunnel over",
        () => sql`update wireguard_peers set not_after = now() where id = ${id}`,
        () => sql`update wireguard_peers set not_after = null where id = ${id}`,
      ],
    ];
    for (const [why, take, give] of away) {
      expect([why, keysIn(await stateOf())]).toEqual([why, [publicKey]]);
      await take();
      expect([why, keysIn(await stateOf())]).toEqual([why, []]);
      await give();
    }
    expect(keysIn(await stateOf())).toEqual([publicKey]);
  });

  it("says when a tunnel ends, so that the gateway ends it on time without us", async () => {
    const { id } = await tunnel(gw);
    await world.database.sql`update wireguard_peers set not_after = '2031-01-01T00:00:00Z' where id = ${id}`;
    expect((await stateOf()).peers[0]?.notAfter).toBe(Date.parse("2031-01-01T00:00:00Z") / 1000);
  });

  it("is refused and never a part of itself when anything about it fails", async () => {
    await tunnel(gw);
    const { publicKey } = await tunnel(gw);
    await world.database
      .sql`update wireguard_peers set preshared_key_ciphertext = 'v1.unknown.AA.AA.AA' where public_key = ${publicKey}`;
    const answer = await gw.get("/state");
    expect(answer).toMatchObject({ status: 500, isSigned: true, code: "internal" });
    expect(answer.text).not.toContain("peers");
  });
});

describe("a poll", () => {
  const poll = (etag: string) => gw.get("/state", { "if-none-match": etag, prefer: "wait=20" });

  it("waits while nothing changes and answers as soon as something does", async () => {
    await tunnel(gw);
    const before = await gw.get("/state");
    const begun = Date.now();
    const answered = poll(etagOf(before));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const id = await policy(world.database, { destination: "10.201.0.0/16" });
    const answer = await answered;
    expect(answer.status).toBe(200);
    expect(Object.values(answer.read(GatewayState).profiles)[0]?.[0]?.policyId).toBe(id);
    expect(Date.now() - begun).toBeLessThan(19_000);
  });

  it("answers when a policy's time comes, although nothing is written then", async () => {
    await tunnel(gw);
    const id = await policy(world.database, { destination: "10.202.0.0/16" });
    await world.database.sql`update policies set starts_at = now() + interval '1 second' where id = ${id}`;
    const before = await gw.get("/state");
    expect(Object.values(before.read(GatewayState).profiles)).toEqual([[]]);
    const answer = await poll(etagOf(before));
    expect(Object.values(answer.read(GatewayState).profiles)[0]).toHaveLength(1);
  });

  it("holds nobody else up: while 60 wait, a device checks in, and all are answered by one change", async () => {
    const before = await gw.get("/state");
    const waiting = Array.from({ length: 60 }, () => poll(etagOf(before)));
    const { client } = await factories.device();
    expect((await client.checkIn()).status).toBe(200);
    await tunnel(gw);
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
