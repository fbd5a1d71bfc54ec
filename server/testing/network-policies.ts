import fc from "fast-check";
import type { NetworkProtocol } from "@/db/enums";
import {
  type NetworkPolicy,
  type Packet,
  type PolicyDestination,
  type PolicyTarget,
  privateNetworksWith,
  type Subject,
} from "@/server/modules/policies/policy-model";

/** An id that can be told from others by eye and sorts by its number. */
export const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

export const NOW = new Date("2026-06-01T12:00:00Z");

export const target = (type: PolicyTarget["type"], id: number | null = null, isExcluded = false): PolicyTarget => ({
  type,
  id: id === null ? null : idOf(id),
  isExcluded,
});

export const destination = (network: string, rest: Partial<PolicyDestination> = {}): PolicyDestination => ({
  network,
  protocol: "any",
  ports: null,
  ...rest,
});

/** A policy for everybody, unless said otherwise. */
export const policy = (id: number, rest: Partial<NetworkPolicy> = {}): NetworkPolicy => ({
  id: idOf(id),
  priority: 10,
  effect: "allow",
  isActive: true,
  fullTunnel: false,
  startsAt: null,
  endsAt: null,
  targets: [target("all")],
  destinations: [],
  ...rest,
});

/** A device with an owner, both in good standing. */
export const subject = (rest: Partial<Subject> = {}): Subject => ({
  deviceId: idOf(1),
  isActive: true,
  expiresAt: null,
  owner: { id: idOf(2), isActive: true, groupIds: [idOf(3)] },
  tagIds: [idOf(5)],
  ...rest,
});

export const POOLS = ["10.77.0.0/16", "fd77::/64"];
export const PRIVATE = privateNetworksWith(POOLS);

/** Few networks, nested in each other, so that rules meet. */
const networks = fc.constantFrom(
  ...["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.0.128/25", "10.0.0.5/32", "10.77.0.0/24"],
  ...[
    "8.0.0.0/8",
    "8.8.8.8/32",
    "128.0.0.0/1",
    "::/0",
    "2001:db8::/32",
    "2001:db8::/48",
    "2001:db8::1/128",
    "fd00::/8",
  ],
);

const addresses = fc.oneof(
  fc.constantFrom(
    ...["10.0.0.5", "10.0.0.4", "10.0.0.200", "10.0.9.9", "10.200.0.1", "10.77.0.9", "8.8.8.8", "8.8.4.4", "1.1.1.1"],
    ...[
      "169.254.169.254",
      "192.168.1.1",
      "2001:db8::1",
      "2001:db8::2",
      "2001:db8:1::1",
      "fd00::1",
      "2606:4700::1",
      "::1",
    ],
  ),
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes(".")),
);

const ports = fc.constantFrom(null, { from: 443, to: 443 }, { from: 1, to: 1024 }, { from: 400, to: 65_535 });

const spans: fc.Arbitrary<Pick<PolicyDestination, "protocol" | "ports">> = fc.oneof(
  fc.constant({ protocol: "any" as const, ports: null }),
  fc.constant({ protocol: "icmp" as const, ports: null }),
  fc.record({ protocol: fc.constantFrom<NetworkProtocol>("tcp", "udp"), ports }),
);

const destinations = fc.record({ network: networks, span: spans }).map(({ network, span }) => ({ network, ...span }));

/** 1 is the device, 2 its owner, 3 and 4 groups, 5 and 6 tags, 7 nobody. */
const targets = fc
  .record({
    type: fc.constantFrom<PolicyTarget["type"]>("user", "device", "group", "tag", "all"),
    number: fc.integer({ min: 1, max: 7 }),
    isExcluded: fc.boolean().chain((maybe) => (maybe ? fc.boolean() : fc.constant(false))),
  })
  .map(({ type, number, isExcluded }) => target(type, type === "all" ? null : number, isExcluded));

const moments = fc
  .constantFrom(null, -2, -1, 0, 1, 2)
  .map((h) => (h === null ? null : new Date(NOW.getTime() + h * 3_600_000)));

const somePolicy = (id: number): fc.Arbitrary<NetworkPolicy> =>
  fc
    .record({
      priority: fc.integer({ min: 0, max: 4 }),
      effect: fc.constantFrom<NetworkPolicy["effect"]>("allow", "deny"),
      isActive: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      isTunnel: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      startsAt: moments,
      endsAt: moments,
      targets: fc.array(targets, { maxLength: 3 }),
      destinations: fc.array(destinations, { maxLength: 4 }),
    })
    .map(({ isTunnel, ...rest }) => policy(id, { ...rest, fullTunnel: isTunnel && rest.effect === "allow" }));

export const somePolicies: fc.Arbitrary<NetworkPolicy[]> = fc
  .integer({ min: 0, max: 8 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => somePolicy(100 + at))));

const some = (numbers: readonly number[]) => fc.subarray(numbers.map(idOf));

export const someSubject: fc.Arbitrary<Subject> = fc.record({
  deviceId: fc.constantFrom(idOf(1), null),
  isActive: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  expiresAt: moments,
  owner: fc.option(
    fc.record({
      id: fc.constantFrom(idOf(2), null),
      isActive: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      groupIds: some([3, 4]),
    }),
    { freq: 5 },
  ),
  tagIds: some([5, 6]),
});

export const somePacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ destination: addresses }),
  fc.record({ destination: addresses, protocol: fc.constant("icmp" as const) }),
  fc.record({
    destination: addresses,
    protocol: fc.constantFrom("tcp" as const, "udp" as const),
    port: fc.constantFrom(1, 22, 399, 400, 443, 1024, 1025, 65_535),
  }),
);
