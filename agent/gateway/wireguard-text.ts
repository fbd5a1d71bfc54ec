import type { GatewayState } from "@/server/modules/gateways/state.schema";

/** A peer as the running tunnel has it. */
export interface TunnelPeer {
  readonly publicKey: string;
  readonly presharedKey: string | null;
  readonly endpoint: string | null;
  readonly allowedIps: readonly string[];
  readonly lastHandshakeAt: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

export interface Tunnel {
  readonly publicKey: string;
  readonly listenPort: number;
  readonly peers: readonly TunnelPeer[];
}

const orNull = (text: string | undefined): string | null => (!text || text === "(none)" ? null : text);

/** Reads what `wg show <interface> dump` prints: a line for the interface, then one for each peer. */
export function parseDump(text: string): Tunnel {
  const [own = "", ...lines] = text.trimEnd().split("\n");
  const [, publicKey = "", listenPort = "0"] = own.split("\t");
  const peers = lines.map((line): TunnelPeer => {
    const [key = "", psk, endpoint, allowed, handshake, rx, tx] = line.split("\t");
    return {
      publicKey: key,
      presharedKey: orNull(psk),
      endpoint: orNull(endpoint),
      allowedIps: orNull(allowed)?.split(",") ?? [],
      lastHandshakeAt: Number(handshake),
      rxBytes: Number(rx),
      txBytes: Number(tx),
    };
  });
  return { publicKey, listenPort: Number(listenPort), peers };
}

/** What `wg syncconf` is given: the whole of it, because it takes for removed what is not there. */
export function tunnelConfig(state: GatewayState, privateKey: string): string {
  const own = `[Interface]\nPrivateKey = ${privateKey}\nListenPort = ${state.gateway.listenPort}\n`;
  const peers = state.peers.map(({ publicKey, presharedKey, allowedIps }) => {
    const psk = presharedKey === null ? "" : `PresharedKey = ${presharedKey}\n`;
    return `[Peer]\nPublicKey = ${publicKey}\n${psk}AllowedIPs = ${allowedIps.join(", ")}\n`;
  });
  return [own, ...peers].join("\n");
}

/** Whether the running tunnel lets in exactly whom the state lets in, and listens where it says. */
export function isInSync(tunnel: Tunnel, state: GatewayState, publicKey: string): boolean {
  if (tunnel.publicKey !== publicKey || tunnel.listenPort !== state.gateway.listenPort) return false;
  if (tunnel.peers.length !== state.peers.length) return false;
  const running = new Map(tunnel.peers.map((peer) => [peer.publicKey, peer]));
  return state.peers.every((peer) => {
    const found = running.get(peer.publicKey);
    return found?.presharedKey === peer.presharedKey && sameMembers(found.allowedIps, peer.allowedIps);
  });
}

const sameMembers = (left: readonly string[], right: readonly string[]): boolean =>
  [...left].sort().join() === [...right].sort().join();

/** Whose each address is. */
export const ownersOf = (
  peers: readonly { readonly publicKey: string; readonly allowedIps: readonly string[] }[],
): ReadonlyMap<string, string> =>
  new Map(peers.flatMap(({ publicKey, allowedIps }) => allowedIps.map((network) => [network, publicKey])));
