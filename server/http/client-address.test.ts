import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TrustedProxies } from "@/server/core/env";
import { clientAddress } from "./client-address";

const nobody: TrustedProxies = { kind: "hops", count: 0 };
const hops = (count: number): TrustedProxies => ({ kind: "hops", count });
const networks = (...list: string[]): TrustedProxies => ({ kind: "networks", networks: list });
const inside = networks("10.0.0.0/8", "fd00::/8");

describe("the client's address", () => {
  test.each<[string, string, string | undefined, TrustedProxies, string]>([
    ["nobody is trusted", "203.0.113.5", "198.51.100.1", nobody, "203.0.113.5"],
    ["one hop, no header", "10.0.0.1", undefined, hops(1), "10.0.0.1"],
    ["one hop takes the last entry", "10.0.0.1", "6.6.6.6, 198.51.100.1", hops(1), "198.51.100.1"],
    ["two hops take the last but one", "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", hops(2), "198.51.100.1"],
    ["more hops than entries", "10.0.0.1", "198.51.100.1", hops(5), "198.51.100.1"],
    ["a stranger's header is not read", "203.0.113.5", "198.51.100.1", inside, "203.0.113.5"],
    ["a trusted proxy's is", "10.1.2.3", "198.51.100.1", inside, "198.51.100.1"],
    ["what a client put in front is not", "10.1.2.3", "6.6.6.6, 198.51.100.1", inside, "198.51.100.1"],
    ["a chain of proxies", "10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9, fd00::2", inside, "198.51.100.1"],
    ["proxies only", "10.1.2.3", "10.0.0.5, 10.0.0.6", inside, "10.0.0.5"],
    ["a proxy through IPv4-mapped IPv6", "::ffff:10.1.2.3", "198.51.100.1", inside, "198.51.100.1"],
    ["ports and brackets", "10.1.2.3", "[2001:db8::7]:4711", inside, "2001:db8::7"],
    ["an IPv4 port", "10.1.2.3", "198.51.100.1:4711", inside, "198.51.100.1"],
    ["nonsense ends the walk at the last proxy", "10.1.2.3", "198.51.100.1, unknown", inside, "10.1.2.3"],
    ["nonsense with hops", "10.1.2.3", "unknown", hops(1), "10.1.2.3"],
    ["empty entries", "10.1.2.3", " , 198.51.100.1, ", inside, "198.51.100.1"],
    ["short forms are not addresses", "10.1.2.3", "127.1", inside, "10.1.2.3"],
    ["one spelling of IPv6", "2001:DB8:0:0::1", undefined, nobody, "2001:db8::1"],
    ["a zone is dropped", "fe80::1%eth0", undefined, nobody, "fe80::1"],
  ])("%s", (_, remote, header, trusted, expected) => {
    expect(clientAddress(remote, header, trusted)).toBe(expected);
  });

  test("is never changed by what the client itself sends through a trusted proxy", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.ipV4(),
            fc.ipV6(),
            fc.string().map((text) => text.replaceAll(",", "")),
          ),
          { maxLength: 6 },
        ),
        (forged) => {
          const header = [...forged, "198.51.100.1"].join(",");
          expect(clientAddress("10.0.0.1", header, inside)).toBe("198.51.100.1");
          expect(clientAddress("10.0.0.1", header, hops(1))).toBe("198.51.100.1");
        },
      ),
    );
  });
});
