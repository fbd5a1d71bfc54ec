import type { Device } from "@/agent/device";
import type { Answer } from "@/agent/exchange";
import { bootId } from "@/agent/facts/boot";
import { version } from "@/package.json";
import {
  DELTA_MANIPULATION,
  GATEWAY_API,
  type GatewayHello,
  type GatewayStats,
  type GatewayStatus,
} from "@/server/modules/gateways/state.schema";

/** How long the server may hold a request for news, in seconds; below the time any request is given. */
const WAIT_S = 25;

/** The gateway's four questions to the control plane. @throws what {@link Device.api} throws */
export class Line {
  constructor(
    private readonly device: Device,
    private readonly signal: AbortSignal,
  ) {}

  hello(publicKey: string, endpoint: string | null): Promise<Answer> {
    const body: GatewayHello = { publicKey, endpoint, agentVersion: version, bootId: bootId() };
    return this.post("/hello", body);
  }

  /** The state, what has changed since the one with this ETag, or a 304 if it is that; `next` waits a while for another. */
  state(which: "now" | "next", etag?: string): Promise<Answer> {
    const rest = {
      api: GATEWAY_API,
      signal: this.signal,
      ...(etag !== undefined && { ifNoneMatch: etag, manipulation: DELTA_MANIPULATION }),
      ...(which === "next" && { prefer: `wait=${WAIT_S}` }),
    };
    return this.device.api.call(this.device.signed("GET", "/state", rest));
  }

  status(status: Omit<GatewayStatus, "bootId">): Promise<Answer> {
    const body: GatewayStatus = { ...status, bootId: bootId() };
    return this.post("/status", body);
  }

  stats(peers: GatewayStats["peers"]): Promise<Answer> {
    const body: GatewayStats = { bootId: bootId(), peers };
    return this.post("/stats", body);
  }

  private post(path: string, body: unknown): Promise<Answer> {
    const { signal } = this;
    return this.device.api.call(this.device.signed("POST", path, { api: GATEWAY_API, body, signal }));
  }
}
