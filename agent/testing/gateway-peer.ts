import canonicalize from "canonicalize";
import { etagOf } from "@/agent/gateway/checked-state";
import type { PeerAnswer, PeerRequest } from "@/agent/testing/peer";
import { GatewayHello, type GatewayState, GatewayStats, GatewayStatus } from "@/server/modules/gateways/state.schema";

/** What a {@link Peer} answers to a gateway: whatever state a test puts here, right or wrong. */
export class GatewayPeer {
  readonly hellos: GatewayHello[] = [];
  readonly statuses: GatewayStatus[] = [];
  readonly stats: GatewayStats[] = [];
  private bytes = Buffer.alloc(0);
  private etag = "";
  private waiting: (() => void)[] = [];

  /** Publishes a state, and answers everybody who waits for one. */
  publish(state: GatewayState): string {
    const bytes = Buffer.from(canonicalize(state) ?? "");
    return this.publishBytes(bytes, etagOf(bytes));
  }

  publishBytes(bytes: Buffer<ArrayBuffer>, etag: string): string {
    this.bytes = bytes;
    this.etag = etag;
    for (const go of this.waiting.splice(0)) go();
    return etag;
  }

  async answer({ route, headers, body }: PeerRequest): Promise<PeerAnswer> {
    switch (route) {
      case "POST /hello":
        this.hellos.push(GatewayHello.parse(body));
        return { status: 204 };
      case "POST /status":
        this.statuses.push(GatewayStatus.parse(body));
        return { status: 204 };
      case "POST /stats":
        this.stats.push(GatewayStats.parse(body));
        return { status: 204 };
      case "GET /state":
        await this.wait(headers);
        return this.state(headers);
      default:
        return { status: 404 };
    }
  }

  private isKnown(headers: Headers): boolean {
    return this.etag === "" || headers.get("if-none-match") === `"${this.etag}"`;
  }

  private async wait(headers: Headers): Promise<void> {
    const seconds = Number(/^wait=(\d+)$/.exec(headers.get("prefer") ?? "")?.[1] ?? 0);
    if (!this.isKnown(headers) || seconds === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private state(headers: Headers): PeerAnswer {
    if (this.etag === "")
      return { status: 503, body: { type: "/problems/unavailable", status: 503, title: "no state" } };
    const answer = { headers: { etag: `"${this.etag}"` } };
    return this.isKnown(headers) ? { ...answer, status: 304 } : { ...answer, status: 200, bytes: this.bytes };
  }

  /** Lets go of everybody who waits, for the end of a test. */
  dispose(): void {
    for (const go of this.waiting.splice(0)) go();
  }
}
