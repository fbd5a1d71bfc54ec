import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ruleset, rulesetOf, tableOf } from "@/agent/gateway/ruleset";
import { changeScript, loadScript } from "@/agent/gateway/ruleset-script";
import { rule, stateOf, type TestDevice } from "@/agent/testing/gateway-states";
import { type Namespace, Network, sayNotTried, tunnelObstacles } from "@/server/testing/network-namespaces";

const obstacles = tunnelObstacles();
const NAME = "kw0";

/** Numbers that are the same in every run. */
const draw = (seed: string, below: number): number =>
  createHash("sha256").update(seed).digest().readUInt32BE(0) % below;

const DESTINATIONS = ["10.0.0.0/16", "10.0.3.4/32", "fd00::/8", "internet", "0.0.0.0/0", "::/0"];
const PORTS = { from: 80, to: 90 };

function device(round: number, index: number): TestDevice {
  const seed = `${round < 5 ? 0 : round} ${index} ${draw(`${round} ${index}`, 4) === 0 ? round : "same"}`;
  const rules = Array.from({ length: draw(`${seed} rules`, 4) }, (_, at) => {
    const [destination = "internet", protocol] = [
      DESTINATIONS[draw(`${seed} ${at}`, DESTINATIONS.length)],
      (["any", "tcp", "udp", "icmp"] as const)[draw(`${seed} protocol ${at}`, 4)],
    ];
    const ports = protocol === "tcp" || protocol === "udp" ? PORTS : null;
    return rule(draw(`${seed} verdict ${at}`, 2) === 0 ? "allow" : "deny", destination, { protocol, ports });
  });
  const publicKey = createHash("sha256").update(`${index}`).digest("base64");
  return { publicKey, addresses: [`10.77.0.${index + 2}`, `fd77::${index + 2}`], rules };
}

function rulesetIn(round: number): Ruleset {
  const present = Array.from({ length: 40 }, (_, index) => index).filter((index) => draw(`${round}.${index}`, 5) > 0);
  const settings = { masquerade: round % 7 === 6, addresses: ["10.77.0.1/16", "fd77::1/64"] };
  return rulesetOf(
    stateOf(
      present.map((index) => device(round, index)),
      settings,
    ),
    NAME,
  );
}

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`nftables was not tried: ${obstacles.join("; ")}`, () => {
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("nftables", { timeout: 60_000 }, () => {
    let network: Network;
    let changed: Namespace;
    let loaded: Namespace;
    beforeAll(() => {
      network = new Network();
      changed = network.namespace("changed");
      loaded = network.namespace("loaded");
    });
    afterAll(() => network.dispose());

    function run(at: Namespace, script: string): void {
      const file = join(network.scratch, "script.nft");
      writeFileSync(file, script);
      at.run("nft", "-c", "-f", file);
      at.run("nft", "-f", file);
    }
    const listing = (at: Namespace) => at.run("nft", "-s", "list", "table", "inet", tableOf(NAME));
    /** Without regard to the order in which chains were made. */
    const parts = (at: Namespace) =>
      listing(at)
        .split("\n\n")
        .map((part) => part.replace(/^table .*\n|\n}\n$/g, ""))
        .sort();

    it("holds after a row of changes what it holds after loading the last state whole", () => {
      let before = rulesetIn(0);
      run(changed, loadScript(before));
      for (let round = 1; round <= 15; round += 1) {
        const next = rulesetIn(round);
        const script = changeScript(before, next);
        if (script !== "") run(changed, script);
        run(loaded, loadScript(next));
        expect(parts(changed)).toEqual(parts(loaded));
        before = next;
      }
    });

    it("keeps what it holds when a change does not fit, whole and part", () => {
      const before = listing(changed);
      const script = changeScript(rulesetIn(3), rulesetIn(4));
      expect(() => run(changed, `${script}delete chain inet ${tableOf(NAME)} p_0000000000000000\n`)).toThrow();
      expect(listing(changed)).toBe(before);
    });
  });
}
