import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkState, profileName } from "@/agent/gateway/checked-state";
import { parseAddress, parseNetwork } from "@/agent/gateway/networks";
import { rule, stateOf } from "@/agent/testing/gateway-states";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

const keyOf = (name: string) => createHash("sha256").update(name).digest("base64");
const hex = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

const good = (): GatewayState =>
  stateOf([
    { publicKey: keyOf("a"), addresses: ["10.77.0.5", "fd77::5"], rules: [rule("allow", "10.0.0.0/16")] },
    {
      publicKey: keyOf("b"),
      addresses: ["10.77.0.6"],
      rules: [rule("deny", "10.0.3.4/32"), rule("allow", "internet")],
    },
  ]);

function check(value: unknown) {
  const bytes = Buffer.from(canonicalize(value) ?? "");
  return checkState(bytes, hex(bytes));
}

/** The good state after a change, which may break the type as well. */
function broken(change: (state: GatewayState) => unknown): string {
  const state = structuredClone(good());
  const checked = check(change(state) ?? state);
  return checked.ok ? "taken" : checked.why;
}

describe("a state", () => {
  it("is taken if its bytes are those of its ETag and nothing contradicts", () => {
    expect(check(good())).toMatchObject({ ok: true, state: good() });
  });

  it("that is cut short, empty or changed by one letter is not taken", () => {
    const bytes = Buffer.from(canonicalize(good()) ?? "");
    const etag = hex(bytes);
    for (const other of [bytes.subarray(0, -1), Buffer.alloc(0), Buffer.from(`${bytes.toString()} `)]) {
      expect(checkState(other, etag)).toMatchObject({ ok: false, why: expect.stringContaining("ETag") });
    }
    for (const text of ["", "{}", "[]", "null", "{"]) expect(checkState(Buffer.from(text), hex(text)).ok).toBe(false);
  });

  it.each<[string, RegExp, (state: GatewayState) => unknown]>([
    ["counts its peers wrong", /says 3/, (state) => Object.assign(state.counts, { peers: 3 }) && state],
    ["counts its profiles wrong", /says 0/, (state) => Object.assign(state.counts, { profiles: 0 }) && state],
    [
      "has a key twice",
      /same key/,
      ({ peers, ...state }) => ({
        ...state,
        peers: peers.map((peer) => ({ ...peer, publicKey: keyOf("a") })),
      }),
    ],
    [
      "has an address twice",
      /Two of its peers have 10\.77\.0\.5/,
      ({ peers, ...state }) => ({
        ...state,
        peers: peers.map((peer) => ({ ...peer, allowedIps: ["10.77.0.5/32"] })),
      }),
    ],
    [
      "has an address twice in two spellings",
      /Two of its peers have fd77::5/,
      ({ peers, ...state }) => ({
        ...state,
        peers: peers.map((peer, at) => ({ ...peer, allowedIps: [at === 0 ? "fd77::5/128" : "fd77:0::0:5/128"] })),
      }),
    ],
    [
      "gives a peer the gateway's own address",
      /10\.77\.0\.1\/32, which is the gateway's own/,
      ({ peers, ...state }) => ({
        ...state,
        peers: peers.map((peer, at) => (at === 0 ? { ...peer, allowedIps: ["10.77.0.1/32"] } : peer)),
      }),
    ],
    [
      "gives a peer a whole network",
      /not a single address/,
      ({ peers, ...state }) => ({
        ...state,
        peers: peers.map((peer, at) => (at === 0 ? { ...peer, allowedIps: ["10.77.0.0/24"] } : peer)),
      }),
    ],
    [
      "names a profile that is missing",
      /is missing/,
      (state) => ({
        ...state,
        deviceProfiles: { "10.77.0.5": "0123456789abcdef" },
      }),
    ],
    [
      "has a profile whose rules are others than its name says",
      /not what its name says/,
      (state) => {
        for (const rules of Object.values(state.profiles)) rules.push(rule("allow", "0.0.0.0/0"));
        return state;
      },
    ],
    [
      "has ports for a protocol without any",
      /has ports for icmp/,
      () =>
        stateOf([
          {
            publicKey: keyOf("a"),
            addresses: ["10.77.0.5"],
            rules: [rule("allow", "10.0.0.0/8", { protocol: "icmp", ports: { from: 1, to: 2 } })],
          },
        ]),
    ],
    [
      "has ports the wrong way round",
      /ports from 9 to 8/,
      () =>
        stateOf([
          {
            publicKey: keyOf("a"),
            addresses: ["10.77.0.5"],
            rules: [rule("allow", "10.0.0.0/8", { protocol: "tcp", ports: { from: 9, to: 8 } })],
          },
        ]),
    ],
    ["is of another schema", /schema/, (state) => ({ ...state, schema: 2 })],
    ["has a field nobody knows", /extra/, (state) => ({ ...state, extra: true })],
  ])("that %s is not taken", (_, why, change) => {
    expect(broken(change)).toMatch(why);
  });
});

it("a profile's name is the first 16 letters of the SHA-256 of its rules as canonical JSON", () => {
  const rules = [rule("allow", "10.0.0.0/16", { protocol: "tcp", ports: { from: 80, to: 90 } })];
  const text =
    '[{"destination":"10.0.0.0/16","policyId":"0190a000-0000-7000-8000-000000000001","ports":{"from":80,"to":90},"protocol":"tcp","verdict":"allow"}]';
  expect(profileName(rules)).toBe(hex(text).slice(0, 16));
});

describe("an address", () => {
  it.each(["::1]/x[::1", "fe80::1%eth0", "10.0.0.1 accept", "10.0.0.01", "1.2.3", "0x7f.0.0.1", "", "10.0.0.1\n"])(
    "spelt %j is none, so it reaches no script",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
      expect(parseNetwork(`${text}/24`)).toBeUndefined();
    },
  );

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/8/8", "10.0.0.0/-1", "::/ 1"])(
    "with the prefix of %j is no network",
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );

  it("has one spelling, however it is written, and letters only that belong to addresses", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const once = parseAddress(text);
        expect(once?.address).toMatch(/^[0-9a-f:.]+$/);
        expect(parseAddress(once?.address ?? "")).toEqual(once);
      }),
    );
  });

  it("loses its host bits in a network's text", () => {
    expect(parseNetwork("10.77.0.1/16")).toMatchObject({ address: "10.77.0.1", text: "10.77.0.0/16" });
    expect(parseNetwork("FD77::1/64")).toMatchObject({ address: "fd77::1", text: "fd77::/64" });
  });
});
