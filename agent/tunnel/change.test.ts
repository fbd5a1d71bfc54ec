import { describe, expect, it } from "vitest";
import { changeBetween } from "@/agent/tunnel/change";
import { keeping } from "@/agent/tunnel/interface";
import type { DeviceTunnel, TunnelProfile } from "@/server/modules/tunnels/schema";

const key = (letter: string) => `${letter.repeat(42)}E=`;

interface Difference {
  tunnel?: Partial<DeviceTunnel>;
  profile?: Partial<TunnelProfile>;
  gateway?: Partial<TunnelProfile["gateway"]>;
}

const tunnel = ({ tunnel: own, profile, gateway }: Difference = {}): DeviceTunnel => ({
  publicKey: key("A"),
  presharedKey: key("B"),
  notAfter: null,
  ...own,
  profile: {
    addresses: ["10.77.0.9/32"],
    dnsServers: ["10.0.0.53"],
    mtu: 1420,
    ...profile,
    gateway: {
      name: "Berlin",
      publicKey: key("C"),
      endpoint: "berlin.example.com:51820",
      allowedIps: ["10.0.0.0/24", "fd00::/64"],
      keepaliveS: 25,
      ...gateway,
    },
  },
});

const after = (difference: Difference) => changeBetween(tunnel(), tunnel(difference), { isUp: true });
const sync = { action: "sync", addRoutes: [], removeRoutes: [] };

it("brings up what is not there, and does nothing to what is as it should be", () => {
  expect(changeBetween(tunnel(), tunnel(), { isUp: false })).toEqual({ action: "up" });
  expect(changeBetween(undefined, tunnel(), { isUp: false })).toEqual({ action: "up" });
  expect(after({})).toEqual({ action: "nothing" });
  expect(after({ tunnel: { notAfter: "2030-01-01T00:00:00.000Z" }, gateway: { name: "Paris" } })).toEqual({
    action: "nothing",
  });
});

it.each<[string, Difference]>([
  ["the device's key", { tunnel: { publicKey: key("D") } }],
  ["the preshared key", { tunnel: { presharedKey: key("D") } }],
  ["the gateway's key", { gateway: { publicKey: key("D") } }],
  ["the gateway's endpoint", { gateway: { endpoint: "192.0.2.1:51820" } }],
  ["the keepalive", { gateway: { keepaliveS: 0 } }],
])("changes %s without an interruption", (_, difference) => {
  expect(after(difference)).toEqual(sync);
});

it("adds and removes routes without an interruption", () => {
  expect(after({ gateway: { allowedIps: ["fd00::/64", "10.9.0.0/24"] } })).toEqual({
    action: "sync",
    addRoutes: ["10.9.0.0/24"],
    removeRoutes: ["10.0.0.0/24"],
  });
  expect(after({ gateway: { allowedIps: ["fd00::/64", "10.0.0.0/24"] } })).toEqual({ action: "nothing" });
});

describe("a second gateway", () => {
  const paris = {
    ...{ name: "Paris", publicKey: key("P"), presharedKey: key("Q"), endpoint: "paris.example.com:51820" },
    ...{ allowedIps: ["10.2.0.0/16"], keepaliveS: 25 },
  };
  const both = { profile: { others: [paris] } };
  const route = (difference: Partial<typeof paris>) =>
    changeBetween(tunnel(both), tunnel({ profile: { others: [{ ...paris, ...difference }] } }), { isUp: true });

  it("brings its routes, and takes them with it, without an interruption", () => {
    expect(after(both)).toEqual({ ...sync, addRoutes: ["10.2.0.0/16"] });
    expect(changeBetween(tunnel(both), tunnel(), { isUp: true })).toEqual({ ...sync, removeRoutes: ["10.2.0.0/16"] });
    expect(changeBetween(tunnel(both), tunnel(both), { isUp: true })).toEqual({ action: "nothing" });
  });

  it("changes its keys and its endpoint without an interruption", () => {
    expect(route({ presharedKey: key("R") })).toEqual(sync);
    expect(route({ publicKey: key("R") })).toEqual(sync);
    expect(route({ endpoint: "192.0.2.1:51820" })).toEqual(sync);
    expect(route({ name: "Lyon" })).toEqual({ action: "nothing" });
  });

  it("takes a network over from the first without touching the route", () => {
    const moved = tunnel({
      profile: { others: [{ ...paris, allowedIps: ["10.2.0.0/16", "fd00::/64"] }] },
      gateway: { allowedIps: ["10.0.0.0/24"] },
    });
    expect(changeBetween(tunnel(both), moved, { isUp: true })).toEqual(sync);
  });
});

it.each<[string, Difference]>([
  ["addresses", { profile: { addresses: ["10.77.0.10/32"] } }],
  ["name servers", { profile: { dnsServers: [] } }],
  ["the MTU", { profile: { mtu: 1280 } }],
  ["a default route of IPv4", { gateway: { allowedIps: ["0.0.0.0/0", "fd00::/64"] } }],
  ["a default route of IPv6", { gateway: { allowedIps: ["10.0.0.0/24", "::/0"] } }],
])("starts the tunnel anew for %s", (_, difference) => {
  expect(after(difference)).toEqual({ action: "restart" });
  expect(changeBetween(tunnel(difference), tunnel(), { isUp: true })).toEqual({ action: "restart" });
});

it("starts anew a tunnel of which it does not know how it was made", () => {
  expect(changeBetween(undefined, tunnel(), { isUp: true })).toEqual({ action: "restart" });
});

it("keeps mark and port of a running tunnel, which syncconf would clear", () => {
  const stripped = `[Interface]\nPrivateKey = ${key("A")}\n\n[Peer]\nPublicKey = ${key("C")}\n`;
  expect(keeping(stripped, { mark: "0xca6c", port: "41414" })).toBe(
    `[Interface]\nFwMark = 0xca6c\nListenPort = 41414\nPrivateKey = ${key("A")}\n\n[Peer]\nPublicKey = ${key("C")}\n`,
  );
});
