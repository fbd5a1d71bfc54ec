import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sandboxObstacles } from "@/agent/testing/network-sandbox";
import { seal } from "@/server/core/crypto";
import { secrets } from "@/server/core/secrets";
import { presharedKeyContext } from "@/server/modules/gateways/preshared-key.service";
import type { GatewayState } from "@/server/modules/gateways/state.schema";
import { compose } from "@/server/modules/gateways/state.service";
import { clientRoutes, compiler } from "@/server/modules/policies/compile";
import { fullTunnel, type GoldenVector, goldenVectors, open } from "@/server/testing/golden-vectors";
import { sayNotTried } from "@/server/testing/network-namespaces";
import { idOf, NOW, PRIVATE, subject } from "@/server/testing/network-policies";
import { type Answer, type LabDevice, PolicyLab } from "@/server/testing/policy-lab";

// The table of what policies mean (server/testing/golden-vectors.ts), told to a real gateway by the real compiler and
// tried with real packets. In user namespaces, so nobody has to be root.

const obstacles = sandboxObstacles("nft", "sysctl");

const others = ["10.77.0.9", "fd77::9"];
const asked = [...new Set(goldenVectors.flatMap(({ expected }) => Object.keys(expected)))];
const hosts = asked.filter((address) => !others.includes(address));
const everything = ["0.0.0.0/0", "::/0"];

const gateway = {
  id: idOf(90),
  revision: 1,
  listenPort: 51820,
  addresses: ["10.77.0.1/16", "fd77::1/64"],
  mtu: 1420,
  masquerade: false,
  isActive: true,
  isMassRemovalAllowed: false,
};

/** The vector's device, another one, and the vector's again as it would be in a network without IPv6. */
let lab: PolicyLab;
let device: LabDevice;
let other: LabDevice;
let deviceWithoutV6: LabDevice;

/** What the gateway is told where the vector's policies are all there are. */
function stateFor({ policies, who = {} }: Pick<GoldenVector, "policies" | "who">): GatewayState {
  const compile = compiler({ policies, privateNetworks: PRIVATE, now: NOW });
  const subjects = [subject(who), subject({ deviceId: idOf(8), owner: null }), subject({ ...who, deviceId: idOf(7) })];
  const peers = [device, other, deviceWithoutV6].map(({ publicKey, presharedKey, addresses }, at) => ({
    deviceId: subjects[at]?.deviceId ?? "",
    publicKey,
    presharedKeyCiphertext: seal(secrets().encryption, presharedKey, presharedKeyContext(publicKey)),
    notAfter: null,
    addresses: [...addresses],
  }));
  const devices = new Map(subjects.map((each) => [each.deviceId ?? "", compile(each)]));
  return compose({ gateway, peers, enforcement: { privateNetworks: PRIVATE, devices } });
}

/** A rule that denies says so; where none matches, packets vanish. */
const answerOf = ([verdict, by]: GoldenVector["expected"][string]): Answer => {
  if (verdict === "allow") return "answered";
  return typeof by === "string" ? "silent" : "refused";
};

/** All at once: silence takes its time. */
async function answers(from: LabDevice, wanted: Readonly<Record<string, Answer>>): Promise<Record<string, Answer>> {
  const list = Object.entries(wanted).map(async ([to, answer]) => [to, await from.ask(to, answer)] as const);
  return Object.fromEntries(await Promise.all(list));
}

async function build(): Promise<void> {
  lab = await PolicyLab.build([["10.77.0.5", "fd77::5"], others, ["10.77.0.6"]], hosts);
  const [first, second, third] = lab.devices;
  if (!first || !second || !third) throw new TypeError("three devices were asked for");
  [device, other, deviceWithoutV6] = [first, second, third];
  await lab.enforce(stateFor({ policies: open }));
  // Whatever policies say, this device sends everything: what a device keeps to itself protects nobody.
  await lab.openTunnel(device, everything);
  await lab.openTunnel(other, ["10.77.0.0/16", "fd77::/64"]);
}

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`the vectors were not tried with packets: ${obstacles.join("; ")}`, () => {
    // A machine that promises to try them must be able to.
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("with packets", { timeout: 60_000 }, () => {
    beforeAll(build, 120_000);
    afterAll(() => lab?.dispose());

    it("every address answers where everything is open, so that silence is the policies' doing", async () => {
      const wanted = Object.fromEntries(asked.map((to) => [to, "answered"] as const));
      expect(await answers(device, wanted)).toEqual(wanted);
    });

    it("what a pool without IPv6 captures of it ends there, though the machine has a way of its own", async () => {
      const v6 = "2606:4700::1";
      const [, native] = deviceWithoutV6.native;
      await lab.heard();
      expect(await deviceWithoutV6.ask(v6, "answered")).toBe("answered");
      expect(await lab.heard()).toEqual([`${native} > ${v6}`]);
      const compiled = compiler({ policies: [fullTunnel], privateNetworks: PRIVATE, now: NOW })(subject());
      await lab.enforce(stateFor({ policies: [fullTunnel] }));
      await lab.openTunnel(deviceWithoutV6, clientRoutes(compiled.profile));
      expect(await answers(deviceWithoutV6, { "8.8.8.8": "answered", [v6]: "silent" })).toEqual({
        "8.8.8.8": "answered",
        [v6]: "silent",
      });
      expect(await lab.heard()).toEqual(["10.77.0.6 > 8.8.8.8"]);
    });

    it.each(goldenVectors)("$name", async ({ policies, who, expected }) => {
      const state = stateFor({ policies, who });
      await lab.enforce(state);
      await lab.heard();
      const wanted = Object.fromEntries(Object.entries(expected).map(([to, each]) => [to, answerOf(each)] as const));
      expect(await answers(device, wanted)).toEqual(wanted);
      // From its own address in the tunnel, and nobody else was asked.
      const reached = Object.keys(wanted).filter((to) => wanted[to] === "answered" && hosts.includes(to));
      const sources = reached.map((to) => `${device.addresses[to.includes(":") ? 1 : 0]} > ${to}`);
      expect((await lab.heard()).sort()).toEqual(sources.sort());
      expect((await lab.peers()).sort()).toEqual(state.peers.map(({ publicKey }) => publicKey).sort());
      const isGated = Object.values(expected).some(([, by]) => typeof by === "string" && by !== "default");
      expect((await lab.peers()).includes(device.publicKey)).toBe(!isGated);
    });
  });
}
