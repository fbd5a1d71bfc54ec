import type { Tunnel, TunnelPeer } from "@/agent/gateway/wireguard-text";
import type { GatewayStats } from "@/server/modules/gateways/state.schema";

type PeerStats = GatewayStats["peers"][number];

/** Keeps a request below the size from which bodies are compressed. */
export const STATS_PER_REQUEST = 1000;

const statsOf = ({ publicKey, rxBytes, txBytes, lastHandshakeAt, endpoint }: TunnelPeer): PeerStats => ({
  publicKey,
  rxBytes,
  txBytes,
  lastHandshakeAt,
  endpoint,
});

/** What each peer's counters were when the server last took them. */
export class SentStats {
  private readonly sent = new Map<string, string>();

  /** The peers of which something changed since, in portions; those that left are forgotten. */
  changed(tunnel: Tunnel): PeerStats[][] {
    const present = new Set(tunnel.peers.map(({ publicKey }) => publicKey));
    for (const key of this.sent.keys()) if (!present.has(key)) this.sent.delete(key);
    const changed = tunnel.peers.map(statsOf).filter((peer) => this.sent.get(peer.publicKey) !== JSON.stringify(peer));
    const portions = Math.ceil(changed.length / STATS_PER_REQUEST);
    return Array.from({ length: portions }, (_, at) =>
      changed.slice(at * STATS_PER_REQUEST, (at + 1) * STATS_PER_REQUEST),
    );
  }

  remember(peers: readonly PeerStats[]): void {
    for (const peer of peers) this.sent.set(peer.publicKey, JSON.stringify(peer));
  }
}
