import { Firewall } from "@/agent/gateway/firewall";
import { forgetFlows, toForget } from "@/agent/gateway/flows";
import { parseNetwork } from "@/agent/gateway/networks";
import { type Programs, thisMachine } from "@/agent/gateway/program";
import { narrowed, rulesetOf } from "@/agent/gateway/ruleset";
import { WireGuard } from "@/agent/gateway/wireguard";
import { isInSync, ownersOf, type Tunnel } from "@/agent/gateway/wireguard-text";
import { log } from "@/agent/log";
import type { TunnelKey } from "@/agent/wireguard-key";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

/** Brings machine and state together, in an order in which nobody has for a moment what is not theirs. */
export class Enforcement {
  private readonly firewall: Firewall;
  private readonly wireguard: WireGuard;

  constructor(
    private readonly interfaceName: string,
    private readonly key: TunnelKey,
    private readonly programs: Programs = thisMachine,
  ) {
    this.firewall = new Firewall(interfaceName, programs);
    this.wireguard = new WireGuard(interfaceName, key, programs);
  }

  /**
   * First what is taken away, then the tunnel's peers, then what is given. If anything of it fails, whom the state does not
   * let in leaves the tunnel nevertheless: without a peer nobody has more than before.
   * @param onChecked is called once the firewall has found nothing wrong, and before anything changes
   * @throws {ProgramError} {@link AgentError}; what was taken away stays so
   */
  async bring(state: GatewayState, onChecked: () => void = () => undefined): Promise<void> {
    try {
      await this.bringInOrder(state, onChecked);
    } catch (error) {
      await this.wireguard.narrow(state).catch((also: unknown) => log.warn(`Nobody left the tunnel: ${String(also)}`));
      throw error;
    }
  }

  private async bringInOrder(state: GatewayState, onChecked: () => void): Promise<void> {
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

  /** The running tunnel, if it is this gateway's and not one that somebody else made under its name. */
  async readOwn(): Promise<Tunnel | undefined> {
    const tunnel = await this.read();
    return tunnel?.publicKey === this.key.publicKey ? tunnel : undefined;
  }

  hasPeers(tunnel: Tunnel | undefined, state: GatewayState): boolean {
    return tunnel !== undefined && isInSync(tunnel, state, this.key.publicKey);
  }

  /** Takes down what this gateway left under other names: nobody is to be let in by two, and the port is one. */
  async removeNamesakes(): Promise<void> {
    for (const name of await this.wireguard.namesakes()) {
      log.warn(`The gateway's interface was ${name} before: it is taken down`);
      await new Enforcement(name, this.key, this.programs).remove();
    }
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
