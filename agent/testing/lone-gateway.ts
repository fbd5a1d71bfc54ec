import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkState, etagOf } from "@/agent/gateway/checked-state";
import { Enforcement } from "@/agent/gateway/enforcement";
import { Gateway } from "@/agent/gateway/gateway";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { rule, type TestDevice } from "@/agent/testing/gateway-states";
import { type SandboxMachine, sandboxMachines } from "@/agent/testing/network-sandbox";
import { canonicalJson } from "@/server/core/canonical-hash";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

export const DAY_S = 86_400;
export const START_S = 1_800_000_000;

const keyOf = (name: string) => createHash("sha256").update(name).digest("base64");
export const [ANN, BEN, CAT] = [keyOf("Ann"), keyOf("Ben"), keyOf("Cat")];

/** A device that may send into a network, and until when. */
export const deviceOf = (publicKey: string, address: string, notAfter?: number): TestDevice => ({
  publicKey,
  addresses: [address],
  rules: [rule("allow", "10.20.0.0/24")],
  ...(notAfter !== undefined && { notAfter }),
});

/** A machine that passes on what a gateway has to. */
export async function gatewayMachine(): Promise<SandboxMachine> {
  const [machine] = await sandboxMachines(1);
  if (!machine) throw new TypeError("a machine was made");
  await machine.run("sysctl", ["-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
  return machine;
}

/** A gateway without its server, on a machine that is walled off; time is what the test says it is. */
export class LoneGateway {
  readonly dir = mkdtempSync(join(tmpdir(), "kw-gateway-"));
  /** The server's time as the machine reckons it. */
  nowS = START_S;

  constructor(
    private readonly machine: SandboxMachine,
    private readonly maxStaleS = 7 * DAY_S,
  ) {}

  enforcement(interfaceName = "kwg0"): Enforcement {
    return new Enforcement(interfaceName, openTunnelKey(this.dir), this.machine);
  }

  /** The gateway's program, started. */
  start(): Gateway {
    const clock = { nowS: () => this.nowS, adjust: () => undefined, offsetS: 0 };
    const { maxStaleS } = this;
    return new Gateway(this.dir, this.enforcement(), { clock, limits: { maxStaleS }, interfaceName: "kwg0" });
  }

  /** The server says that this is the state. */
  async say(gateway: Gateway, state: GatewayState): Promise<void> {
    const bytes = Buffer.from(canonicalJson(state));
    const checked = checkState(bytes, etagOf(bytes));
    if (!checked.ok) throw new Error(checked.why);
    await gateway.accept(bytes, checked);
  }

  /** The keys of whom the tunnel lets in, in order. */
  async peers(interfaceName = "kwg0"): Promise<string[]> {
    const text = await this.machine.tryRun("wg", ["show", interfaceName, "peers"]);
    return (text ?? "").split("\n").filter(Boolean).sort();
  }

  rules(): Promise<string> {
    return this.machine.run("nft", ["list", "ruleset"]);
  }

  /** While this is done nftables refuses everything. */
  async withoutNft(work: () => Promise<void>): Promise<void> {
    const at = (await this.machine.run("sh", ["-c", 'readlink -f "$(command -v nft)"'])).trim();
    await this.machine.run("mount", ["--bind", "/bin/false", at]);
    try {
      await work();
    } finally {
      await this.machine.run("umount", [at]);
    }
  }

  async dispose(): Promise<void> {
    await this.enforcement().remove();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
