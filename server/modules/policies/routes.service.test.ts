import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intersection } from "./address-range";
import { isOpen, type RouteGateway, routesThrough, unreachedBy } from "./routes.service";

const gateway = (number: number, networks: string[], dnsServers: string[] = []): RouteGateway => ({
  id: `g${number}`,
  networks,
  pools: [`10.77.${number}.0/24`, `fd77:${number}::/64`],
  dnsServers,
});

const allowed = (...networks: string[]) => ({ networks, isFullTunnel: false });
const through = (...asked: Parameters<typeof routesThrough>) => Object.fromEntries(routesThrough(...asked));

const berlin = gateway(1, ["10.1.0.0/16"], ["10.1.0.53"]);
const paris = gateway(2, ["10.2.0.0/16", "fd02::/48"]);

describe("what a device sends to which of its gateways", () => {
  it("is what policies allow behind it, its tunnels' network and its name servers", () => {
    expect(through([berlin, paris], allowed("10.1.4.0/24", "10.2.0.0/17", "fd02::/64"))).toEqual({
      g1: ["10.1.0.53/32", "10.1.4.0/24", "10.77.1.0/24", "fd77:1::/64"],
      g2: ["10.2.0.0/17", "10.77.2.0/24", "fd02::/64", "fd77:2::/64"],
    });
  });

  it("is split where a policy allows more than one of them has", () => {
    const { g1 = [], g2 = [] } = through([berlin, paris], allowed("10.0.0.0/14"));
    expect(g2).toEqual(["10.2.0.0/16", "10.77.2.0/24", "fd77:2::/64"]);
    expect(g1).toEqual(["10.0.0.0/15", "10.3.0.0/16", "10.77.1.0/24", "fd77:1::/64"]);
  });

  it("is everything for the primary one under a full tunnel, and for another what is behind it", () => {
    const all = { networks: ["10.2.9.0/24"], isFullTunnel: true };
    expect(through([berlin, paris], all)).toEqual({
      g1: ["0.0.0.0/0", "::/0"],
      g2: ["10.2.9.0/24", "10.77.2.0/24", "fd77:2::/64"],
    });
  });

  it("is for the primary one what is behind none of them, so that it goes nowhere else", () => {
    const { g1, g2 } = through([berlin, paris], allowed("10.9.0.0/16"));
    expect(g1).toContain("10.9.0.0/16");
    expect(g2).not.toContain("10.9.0.0/16");
  });

  it("leads a name server's packets to the gateway that has it, whichever names it", () => {
    const rome = gateway(3, ["10.3.0.0/16"], ["10.1.0.53", "192.0.2.53"]);
    const { g1, g3 } = through([berlin, rome], allowed());
    expect(g1).toContain("10.1.0.53/32");
    expect(g3).toEqual(["10.77.3.0/24", "192.0.2.53/32", "fd77:3::/64"]);
  });

  it("never overlaps, and leaves out nothing that is allowed", () => {
    const octet = fc.integer({ min: 0, max: 15 });
    const network = fc.tuple(octet, octet, fc.constantFrom(8, 12, 16, 20, 24)).map(([second, third, prefix]) => {
      const mask = (2 ** 32 - 2 ** (32 - prefix)) >>> 0;
      const value = (((10 << 24) | (second << 16) | (third << 12)) & mask) >>> 0;
      return `${[24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join(".")}/${prefix}`;
    });
    fc.assert(
      fc.property(fc.array(network, { maxLength: 6 }), (networks) => {
        const { g1 = [], g2 = [] } = through([berlin, paris], allowed(...networks));
        expect(intersection(g1, g2)).toEqual([]);
        const reached = intersection(networks, [...g1, ...g2]);
        expect(reached).toEqual(intersection(networks, networks));
      }),
    );
  });
});

it("says what no gateway reaches, without the part that one does", () => {
  expect(unreachedBy([berlin, paris], allowed("10.1.0.0/16", "10.2.0.0/15", "10.9.0.0/16"))).toEqual([
    "10.3.0.0/16",
    "10.9.0.0/16",
  ]);
  expect(unreachedBy([berlin], allowed("10.77.1.0/24"))).toEqual([]);
});

it("leads a device through a gateway when a policy opens a part of what is behind it", () => {
  expect(isOpen(paris.networks, allowed("10.2.7.0/24"))).toBe(true);
  expect(isOpen(paris.networks, allowed("0.0.0.0/0"))).toBe(true);
  expect(isOpen(paris.networks, allowed("10.1.0.0/16"))).toBe(false);
  expect(isOpen([], allowed("10.1.0.0/16"))).toBe(false);
});
