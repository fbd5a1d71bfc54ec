import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { etagOf } from "@/agent/gateway/checked-state";
import { stateFromDelta } from "@/agent/gateway/delta";
import { rule, stateOf } from "@/agent/testing/gateway-states";
import { canonicalJson } from "@/server/core/canonical-hash";
import { deltaBetween, type Snapshot, sharing } from "./delta";
import type { GatewayState } from "./state.schema";

const key = (of: string): string => createHash("sha256").update(of).digest("base64");
const snapshot = (state: GatewayState): Snapshot => ({ state, etag: etagOf(Buffer.from(canonicalJson(state))) });

/** Few enough of everything that two states often have something in common. */
const device = fc.record({
  index: fc.integer({ min: 1, max: 12 }),
  presharedKey: fc.option(fc.constantFrom(key("one"), key("two")), { nil: undefined }),
  notAfter: fc.option(fc.constantFrom(1_900_000_000, 2_000_000_000), { nil: undefined }),
  isDual: fc.boolean(),
  rules: fc.option(
    fc.array(fc.constantFrom(rule("allow", "10.1.0.0/16"), rule("deny", "10.2.0.0/16"), rule("allow", "internet"))),
    { nil: undefined },
  ),
});
const state = fc
  .record({
    devices: fc.uniqueArray(device, { selector: ({ index }) => index, maxLength: 8 }),
    mtu: fc.constantFrom(1280, 1420),
    isMassRemovalAllowed: fc.boolean(),
  })
  .map(({ devices, mtu, isMassRemovalAllowed }): GatewayState => {
    const peers = devices
      .map(({ index, isDual, presharedKey, notAfter, rules }) => ({
        publicKey: key(`${index}`),
        addresses: [`10.77.0.${index}`, ...(isDual ? [`fd77::${index}`] : [])],
        rules,
        ...(presharedKey === undefined ? {} : { presharedKey }),
        ...(notAfter === undefined ? {} : { notAfter }),
      }))
      .sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
    return { ...stateOf(peers, { mtu }), isMassRemovalAllowed };
  });

const sent = (delta: unknown): Uint8Array => Buffer.from(JSON.stringify(delta));

describe("what has changed", () => {
  it("makes, out of whichever of the last states, the newest to the byte", () => {
    const runs = fc.property(fc.array(state, { minLength: 2, maxLength: 5 }), (states) => {
      const snapshots: Snapshot[] = [];
      for (const next of states) {
        const last = snapshots.at(-1);
        snapshots.push(snapshot(last ? sharing(last.state, next) : next));
      }
      const newest = snapshots.at(-1) ?? snapshot(states[0] as GatewayState);
      for (const base of snapshots) {
        // What a gateway has went through its own reading of it.
        const had = { etag: base.etag, state: JSON.parse(canonicalJson(base.state)) as GatewayState };
        const made = stateFromDelta(had, sent(deltaBetween(base, newest)));
        expect(Buffer.from(made?.bytes ?? []).toString()).toBe(canonicalJson(newest.state));
        expect(made?.etag).toBe(newest.etag);
      }
    });
    fc.assert(runs, { numRuns: 500 });
  });

  it("is as long as the change, whatever the state's length", () => {
    const fleet = (count: number) =>
      stateOf(
        Array.from({ length: count }, (_, n) => ({ publicKey: key(`${n}`), addresses: [`10.77.9.${n}`], rules: [] })),
      );
    const base = snapshot(fleet(200));
    const next = snapshot(sharing(base.state, fleet(201)));
    expect(deltaBetween(base, next).peers).toEqual({ upsert: [next.state.peers.at(-1)], remove: [] });
    expect(deltaBetween(next, base).peers).toEqual({ upsert: [], remove: [key("200")] });
  });

  const [before, after] = [snapshot(stateOf([])), snapshot({ ...stateOf([]), isMassRemovalAllowed: true })];
  const delta = deltaBetween(before, after);
  it.each([
    ["is about another state", after, delta],
    ["comes to another hash than it names", before, { ...delta, etag: "0".repeat(64) }],
    ["was changed on the way", before, { ...delta, isMassRemovalAllowed: false }],
    ["has something this agent does not know", before, { ...delta, more: true }],
    ["is not a change at all", before, "state"],
  ])("is not taken when it %s", (_, base, body) => {
    expect(stateFromDelta(base, sent(body))).toBeUndefined();
  });
});
