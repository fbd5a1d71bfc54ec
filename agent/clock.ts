/** The server's time as this device knows it. The system clock is read, and never set. */
export interface AgentClock {
  /** Seconds since the epoch, by the server's reckoning. */
  nowS(): number;
  /** Takes the server's time from an answer that was verified. */
  adjust(serverTimeS: number): void;
  /** Seconds the server's clock is ahead of the system's. */
  readonly offsetS: number;
}

interface Sources {
  /** Milliseconds since the epoch; jumps when somebody sets the clock. */
  readonly wallMs: () => number;
  /** Milliseconds since some start; never jumps. */
  readonly monotonicMs: () => number;
}

const system: Sources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * Until it was adjusted the clock is the system's plus the offset kept from last time; afterwards it runs on monotonic
 * time, so that a system clock set right in between does not make it wrong.
 */
export function createClock(offsetS = 0, { wallMs, monotonicMs }: Sources = system): AgentClock {
  let offset = offsetS;
  let anchor: { serverMs: number; monotonicMs: number } | undefined;
  return {
    nowS() {
      if (!anchor) return Math.floor(wallMs() / 1000) + offset;
      return Math.floor((anchor.serverMs + monotonicMs() - anchor.monotonicMs) / 1000);
    },
    adjust(serverTimeS) {
      anchor = { serverMs: serverTimeS * 1000, monotonicMs: monotonicMs() };
      offset = serverTimeS - Math.floor(wallMs() / 1000);
    },
    get offsetS() {
      return offset;
    },
  };
}
