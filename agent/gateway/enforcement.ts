import { Firewall } from "@/agent/gateway/firewall";
import { withoutPrefix } from "@/agent/gateway/networks";
import { tryRun } from "@/agent/gateway/program";
import { narrowed, rulesetOf } from "@/agent/gateway/ruleset";
import type { TunnelKey } from "@/agent/gateway/tunnel-key";
import { WireGuard } from "@/agent/gateway/wireguard";
import { isInSync, ownersOf, type Tunnel } from "@/agent/gateway/wireguard-text";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

/** Brings machine and state together, in an order in which nobody has for a moment what is not theirs. */
export class Enforcement {
  private readonly firewall: Firewall;
  private readonly wireguard: WireGuard;
  private readonly publicKey: string;

  constructor(interfaceName: string, key: TunnelKey) {
    this.interfaceName = interfaceName;
    this.firewall = new Firewall(interfaceName);
    this.wireguard = new WireGuard(interfaceName, key);
    this.publicKey = key.publicKey;
  }

  private readonly interfaceName: string;

  /**
   * First what is taken away, then the tunnel's peers, then what is given.
   * @param onChecked is called once the firewall has found nothing wrong, and before anything changes
   * @throws {ProgramError} {@link AgentError}; what was taken away stays so
   */
  async bring(state: GatewayState, onChecked: () => void = () => undefined): Promise<void> {
    const next = rulesetOf(state, this.interfaceName);
    await this.firewall.prepare(next);
    onChecked();
    const running = await this.wireguard.read();
    const before = ownersOf(running?.peers ?? []);
    const after = ownersOf(state.peers);
    await this.firewall.enter(narrowed(next, before, after));
    await this.wireguard.bring(state, running);
    await this.firewall.enter(next);
    await forgetFlows(
      [...before].filter(([network, owner]) => after.get(network) !== owner).map(([network]) => network),
    );
  }

  /** Whether the firewall still holds what was put there: others may flush it. If not, it is replaced next time. */
  async hasRules(part: "gate" | "whole"): Promise<boolean> {
    const isIntact = await this.firewall.isIntact(part);
    if (!isIntact) this.firewall.forget();
    return isIntact;
  }

  read(): Promise<Tunnel | undefined> {
    return this.wireguard.read();
  }

  hasPeers(tunnel: Tunnel | undefined, state: GatewayState): boolean {
    return tunnel !== undefined && isInSync(tunnel, state, this.publicKey);
  }

  /** Takes the tunnel down, and the rules with it. */
  async remove(): Promise<void> {
    await this.wireguard.remove();
    await this.firewall.remove();
  }
}

/** What the addresses' last owners had open. Where conntrack is not installed, the rules' direction does it alone. */
async function forgetFlows(networks: readonly string[]): Promise<void> {
  if (networks.length === 0 || (await tryRun("conntrack", ["--version"])) === undefined) return;
  for (const network of networks) await tryRun("conntrack", ["-D", "-s", withoutPrefix(network)]);
}
