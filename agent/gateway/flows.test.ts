import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canForget, changedHands, toForget } from "@/agent/gateway/flows";
import { rule, stateOf } from "@/agent/testing/gateway-states";
import { sandboxObstacles } from "@/agent/testing/network-sandbox";
import { sayNotTried } from "@/server/testing/network-namespaces";
import { type LabDevice, PolicyLab } from "@/server/testing/policy-lab";

const owners = (...pairs: [string, string][]) => new Map(pairs);

describe("what is forgotten", () => {
  it("is what an address had open that comes to somebody, goes from somebody or goes to somebody else", () => {
    const before = owners(["10.77.0.2/32", "a"], ["10.77.0.3/32", "b"], ["10.77.0.4/32", "c"]);
    const after = owners(["10.77.0.2/32", "a"], ["10.77.0.3/32", "d"], ["10.77.0.5/32", "e"]);
    const changed = ["10.77.0.3/32", "10.77.0.4/32", "10.77.0.5/32"];
    expect(changedHands(before, after)).toEqual(changed);
    expect(toForget(before, after, ["10.77.0.0/16"])).toEqual(changed);
    expect(toForget(before, before, ["10.77.0.0/16"])).toEqual([]);
  });

  it("is everything of the tunnel when nobody keeps an address", () => {
    const some = owners(["10.77.0.2/32", "a"], ["10.77.0.3/32", "b"]);
    expect(toForget(owners(), some, ["10.77.0.0/16"])).toEqual(["10.77.0.0/16"]);
    expect(toForget(some, owners(), ["10.77.0.0/16"])).toEqual(["10.77.0.0/16"]);
    expect(toForget(owners(), owners(), ["10.77.0.0/16"])).toEqual([]);
  });
});

const obstacles = sandboxObstacles("nft", "sysctl", "conntrack");
const HOST = "10.20.0.2";
const ADDRESS = "10.77.0.5";
/** A host that goes on telling whoever asked it once. */
const TELL = `const s = require("node:dgram").createSocket("udp4");
s.on("message", (_, { port, address }) => setInterval(() => s.send("x", port, address), 20));
s.bind(5000, "${HOST}", () => console.log("ready"));`;
const ASK = `const s = require("node:dgram").createSocket("udp4");
s.bind(4000, "${ADDRESS}", () => s.send("x", 5000, "${HOST}", () => s.close()));`;
const COUNT = `table inet told {
  counter late { }
  chain input { type filter hook input priority 0; policy accept; udp sport 5000 counter name "late"; }
}
`;

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`late answers were not tried: ${obstacles.join("; ")}`, () => {
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("an answer to the last owner of an address", { timeout: 90_000 }, () => {
    let lab: PolicyLab;
    let first: LabDevice;
    let second: LabDevice;

    const told = async ({ machine }: LabDevice) =>
      Number(/packets (\d+)/.exec(await machine.run("nft", ["list", "counter", "inet", "told", "late"]))?.[1]);
    /** How many answers come in a second. */
    const toldNow = async (device: LabDevice) => {
      const before = await told(device);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return (await told(device)) - before;
    };
    const give = (device: LabDevice | undefined) => {
      const { publicKey = "", presharedKey } = device ?? {};
      const rules = [rule("allow", `${HOST}/32`)];
      return lab.enforce(stateOf(device ? [{ publicKey, presharedKey, addresses: [ADDRESS], rules }] : []));
    };
    /** The first device asks; then the address is the second's at once, or after it was nobody's. */
    async function passOn(between: "nobody" | "nothing"): Promise<void> {
      await give(first);
      await lab.openTunnel(first, ["10.0.0.0/8"]);
      expect(await first.ask(HOST, "answered")).toBe("answered");
      await first.machine.run(process.execPath, ["-e", ASK]);
      expect(await toldNow(first)).toBeGreaterThan(0);
      if (between === "nobody") await give(undefined);
      await give(second);
      await lab.openTunnel(second, ["10.0.0.0/8"]);
      expect(await second.ask(HOST, "answered")).toBe("answered");
    }

    beforeAll(async () => {
      lab = await PolicyLab.build([[ADDRESS], [ADDRESS]], [HOST]);
      const [one, other] = lab.devices;
      if (!one || !other) throw new TypeError("two devices were asked for");
      [first, second] = [one, other];
      for (const { machine } of lab.devices) await machine.run("nft", ["-f", "-"], COUNT);
      const server = lab.lan.start(process.execPath, ["-e", TELL]);
      await new Promise((resolve) => server.stdout?.once("data", resolve));
    }, 60_000);
    afterAll(() => lab?.dispose());

    it("does not reach the next, whether the address was nobody's in between or not", async () => {
      for (const between of ["nothing", "nobody"] as const) {
        await passOn(between);
        expect(await toldNow(second)).toBe(0);
      }
    });

    it("does where conntrack is missing, which is why the gateway says so", async () => {
      await lab.gateway.hide("conntrack");
      expect(await canForget(lab.gateway)).toBe(false);
      await passOn("nothing");
      expect(await toldNow(second)).toBeGreaterThan(0);
    });
  });
}
