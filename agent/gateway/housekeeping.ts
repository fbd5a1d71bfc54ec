import { toAgentError } from "@/agent/advice";
import type { Gateway } from "@/agent/gateway/gateway";
import type { Line } from "@/agent/gateway/line";
import type { Sleep } from "@/agent/gateway/poll";
import { SentStats } from "@/agent/gateway/stats";
import { log } from "@/agent/log";

const TICK_MS = 1000;
/** How long rules that somebody flushed may be missing. */
const RULES_EVERY = 5;
const STATS_EVERY = 30;
/** How often every single rule is looked at. */
const INSPECT_EVERY = 600;

/** What a gateway does by the clock: ends what is over, mends what others broke, and counts. */
export class Housekeeping {
  private readonly stats = new SentStats();

  constructor(
    private readonly gateway: Gateway,
    private readonly line: Line,
  ) {}

  /** Until the signal ends it. */
  async run(sleep: Sleep, signal: AbortSignal): Promise<void> {
    for (let tick = 1; !signal.aborted; tick += 1) {
      await this.gateway.settle();
      if (tick % RULES_EVERY === 0) await this.gateway.checkRules(tick % INSPECT_EVERY === 0 ? "whole" : "gate");
      // Not waited for: a server that is away must not keep the clock from being looked at.
      if (tick % STATS_EVERY === 0) void this.count().catch((error) => this.complain(error, signal));
      await sleep(TICK_MS);
    }
  }

  private async count(): Promise<void> {
    const tunnel = await this.gateway.readTunnel();
    if (!tunnel) return;
    for (const portion of this.stats.changed(tunnel)) {
      await this.line.stats(portion);
      this.stats.remember(portion);
    }
  }

  private complain(error: unknown, signal: AbortSignal): void {
    if (!signal.aborted) log.warn(`Statistics: ${toAgentError(error).message}`);
  }
}
