import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { inForce, withoutPeers } from "@/agent/gateway/in-force";
import { isMassRemoval, toHold } from "@/agent/gateway/mass-removal";
import { stateOf } from "@/agent/testing/gateway-states";

const device = (index: number, notAfter?: number) => ({
  publicKey: createHash("sha256").update(`${index}`).digest("base64"),
  addresses: [`10.77.${Math.floor(index / 200)}.${(index % 200) + 2}`],
  rules: [],
  ...(notAfter !== undefined && { notAfter }),
});
const fleet = (from: number, to: number) =>
  stateOf(Array.from({ length: to - from }, (_, index) => device(from + index)));

it("is what takes away more than half of the peers and more than twenty, unless it was allowed", () => {
  expect(isMassRemoval(fleet(0, 42), fleet(0, 20))).toBe(true);
  expect(isMassRemoval(fleet(0, 42), fleet(0, 21))).toBe(false);
  expect(isMassRemoval(fleet(0, 20), fleet(0, 0))).toBe(false);
  expect(isMassRemoval(fleet(0, 21), fleet(0, 0))).toBe(true);
  expect(isMassRemoval(fleet(0, 42), { ...fleet(0, 0), isMassRemovalAllowed: true })).toBe(false);
  // Others in their place do not make up for those who go.
  expect(isMassRemoval(fleet(0, 42), fleet(42, 100))).toBe(true);
});

it("waits until the server says the same again after the time, and starts anew when it says something else", () => {
  const now = fleet(0, 42);
  const next = (etag: string, nowMs: number) => ({ etag, state: fleet(0, 1), nowMs });
  const first = toHold(now, next("a", 1000), { held: undefined, holdS: 30 });
  expect(first).toEqual({ etag: "a", sinceMs: 1000 });
  expect(toHold(now, next("a", 30_999), { held: first, holdS: 30 })).toEqual(first);
  expect(toHold(now, next("b", 31_000), { held: first, holdS: 30 })).toEqual({ etag: "b", sinceMs: 31_000 });
  expect(toHold(now, next("a", 31_000), { held: first, holdS: 30 })).toBeUndefined();
  expect(toHold(undefined, next("a", 0), { held: undefined, holdS: 30 })).toBeUndefined();
});

it("a peer is in force until its time, exactly, and what was its goes with it", () => {
  const state = stateOf([device(1, 100), device(2), device(3, 50)]);
  expect(inForce(state, 49).peers).toHaveLength(3);
  expect(inForce(state, 50).peers).toHaveLength(2);
  expect(Object.keys(inForce(state, 99).deviceProfiles)).toEqual(["10.77.0.3", "10.77.0.4"]);
  expect(Object.keys(inForce(state, 100).deviceProfiles)).toEqual(["10.77.0.4"]);
  expect(withoutPeers(state)).toMatchObject({ peers: [], deviceProfiles: {} });
});

it("no address is in force whose peer is not", () => {
  const devices = fc.array(fc.record({ index: fc.nat(1000), notAfter: fc.option(fc.nat(200), { nil: undefined }) }));
  fc.assert(
    fc.property(devices, fc.nat(200), (list, nowS) => {
      const unique = [...new Map(list.map((one) => [one.index, one])).values()];
      const state = inForce(stateOf(unique.map(({ index, notAfter }) => device(index, notAfter))), nowS);
      const held = new Set(state.peers.flatMap(({ allowedIps }) => allowedIps));
      expect(Object.keys(state.deviceProfiles).every((address) => held.has(`${address}/32`))).toBe(true);
    }),
  );
});
