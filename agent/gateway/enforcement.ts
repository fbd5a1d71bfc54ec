import { Firewall } from "@/agent/gateway/firewall";
import { forgetFlows, toForget } from "@/agent/gateway/flows";
import { parseNetwork } from "@/agent/gateway/networks";
import { type Programs, thisMachine } from "@/agent/gateway/program";
import { narrowed, rulesetOf } from "@/agent/gateway/ruleset";
import { WireGuard } from "@/agent/gateway/wireguard";
import { isInSync, ownersOf, type Tunnel } from "@/agent/gateway/wireguard-text";
import type { TunnelKey } from "@/agent/wireguard-key";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

/** Brings machine and state together, in an order in which nobody has for a moment what is not theirs. */
export class Enforcement {
  private readonly firewall: Firewall;
  private readonly wireguard: WireGuard;
  private readonly publicKey: string;

  constructor(
    private readonly interfaceName: string,
    key: TunnelKey,
    private readonly programs: Programs = thisMachine,
  ) {
    this.firewall = new Firewall(interfaceName, programs);
    this.wireguard = new WireGuard(interfaceName, key, programs);
    this.publicKey = key.publicKey;
  }

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
    // Now nobody can open anything under an address that changes hands, and nobody new has it yet.
    await forgetFlows(this.programs, toForget(before, after, wholeNetworks(state)));
    await this.wireguard.bring(state, running);
    await this.firewall.enter(next);
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

/** All that a gateway hands out. */
const wholeNetworks = ({ gateway }: GatewayState): string[] =>
  gateway.addresses.flatMap((address) => parseNetwork(address)?.text ?? []);
