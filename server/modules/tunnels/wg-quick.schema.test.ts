import fc from "fast-check";
import { expect, it } from "vitest";
import { interfaceName, wgQuickFile } from "./wg-quick.schema";

const profile = {
  addresses: ["10.77.0.9/32", "fd00:77::9/128"],
  dnsServers: [],
  mtu: 1420,
  gateway: {
    name: "Berlin",
    publicKey: `${"A".repeat(42)}E=`,
    endpoint: "[2001:db8::1]:51820",
    allowedIps: ["0.0.0.0/0", "::/0"],
    keepaliveS: 25,
  },
};
const secrets = { privateKey: `${"B".repeat(42)}E=`, presharedKey: `${"C".repeat(42)}E=` };

it("has what WireGuard's apps need, and no name servers where there are none", () => {
  expect(wgQuickFile(profile, secrets)).toBe(`[Interface]
PrivateKey = ${secrets.privateKey}
Address = 10.77.0.9/32, fd00:77::9/128
MTU = 1420

[Peer]
PublicKey = ${profile.gateway.publicKey}
PresharedKey = ${secrets.presharedKey}
Endpoint = [2001:db8::1]:51820
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 25
`);
});

it("has a peer for each gateway, with a preshared key of its own, and says where one is not told", () => {
  const other = { ...profile.gateway, name: "Paris", publicKey: `${"D".repeat(42)}E=`, allowedIps: ["10.2.0.0/16"] };
  const paris = { ...other, presharedKey: `${"F".repeat(42)}E=` };
  const parts = wgQuickFile({ ...profile, others: [paris, other] }, secrets).split("[Peer]\n");
  expect(parts).toHaveLength(4);
  expect(parts[1]).toContain(`PresharedKey = ${secrets.presharedKey}\n`);
  expect(parts[2]).toBe(`PublicKey = ${paris.publicKey}
PresharedKey = ${paris.presharedKey}
Endpoint = [2001:db8::1]:51820
AllowedIPs = 10.2.0.0/16
PersistentKeepalive = 25

`);
  expect(parts[3]).toMatch(/^# PresharedKey = .*Paris/m);
});

it("leaves the place of a private key open that the device keeps", () => {
  const [, second] = wgQuickFile(profile, { ...secrets, privateKey: null }).split("\n");
  expect(second).toMatch(/^# PrivateKey = /);
});

it("stays one setting a line, whatever is in a value: no command can be slipped in", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (server, endpoint) => {
      const hostile = {
        ...profile,
        dnsServers: [`${server}\nPostUp = reboot`],
        gateway: { ...profile.gateway, endpoint },
      };
      const lines = wgQuickFile(hostile, secrets).split(/\r?\n|\r/);
      expect(lines).toHaveLength(13);
      expect(lines.filter((line) => line.startsWith("PostUp"))).toEqual([]);
    }),
  );
});

it("names an interface as the system takes it, whatever the device is called", () => {
  expect(interfaceName("Ada’s iPhone 17 Pro")).toBe("ada-s-iphone-17");
  expect(interfaceName("🦊")).toBe("keyward");
  fc.assert(fc.property(fc.string(), (name) => /^[A-Za-z0-9_=+.-]{1,15}$/.test(interfaceName(name))));
});
