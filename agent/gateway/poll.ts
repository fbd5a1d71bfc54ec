import { explain, toAgentError } from "@/agent/advice";
import { AgentError } from "@/agent/agent-error";
import { Refused } from "@/agent/api";
import { backoffS } from "@/agent/backoff";
import type { Answer } from "@/agent/exchange";
import { checkState, etagOf } from "@/agent/gateway/checked-state";
import { stateFromDelta } from "@/agent/gateway/delta";
import type { Gateway } from "@/agent/gateway/gateway";
import type { Line } from "@/agent/gateway/line";
import { type Held, toHold } from "@/agent/gateway/mass-removal";
import { log } from "@/agent/log";

/** Half of the longest time between two tries: at the cap the jitter is added, never cut. */
const BACKOFF_CAP_S = 30;
/** A server that does not hold requests is not asked more often than this. */
const SPACING_MS = 2000;
/** While a state is held back, so that a better one is not waited for. */
const HOLD_POLL_S = 5;

export interface PollOptions {
  readonly endpoint: string | null;
  readonly publicKey: string;
  /** Seconds until a state that removes most peers is believed. */
  readonly holdS: number;
  /** Called when the server says that this device is no longer what it was. */
  readonly onDoubt: () => void;
}

export type Sleep = (ms: number) => Promise<void>;

/** A state's bytes, and the ETag they came under if it has the form of one. */
interface Received {
  readonly etag: string | undefined;
  readonly bytes: Uint8Array;
}

/** @throws {AgentError} failed, for an answer that brings no state */
function whole({ status, headers, body }: Answer): Received {
  if (status !== 200) throw new AgentError("failed", `The server answered ${status} when asked for the state`);
  return { etag: /^"([0-9a-f]{64})"$/.exec(headers.get("etag") ?? "")?.[1], bytes: body };
}

/** Follows the control plane: says who it is, then brings about whatever state it hears of. */
export class Poll {
  private held: Held | undefined;
  private isIntroduced = false;

  constructor(
    private readonly gateway: Gateway,
    private readonly line: Line,
    private readonly options: PollOptions,
  ) {}

  /** Until the signal ends it. */
  async run(sleep: Sleep, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const startedMs = performance.now();
      try {
        const { status } = await this.once();
        failures = 0;
        if (this.held) await sleep(Math.min(HOLD_POLL_S, this.options.holdS) * 1000);
        else if (status === 304) await sleep(SPACING_MS - (performance.now() - startedMs));
      } catch (error) {
        if (signal.aborted) return;
        await sleep(this.react(error, failures++) * 1000);
      }
    }
  }

  /** Seconds to wait. */
  private react(error: unknown, failures: number): number {
    log.warn(error instanceof Refused ? explain(error) : toAgentError(error).message);
    if (!(error instanceof Refused)) return backoffS(failures, Math.random, BACKOFF_CAP_S);
    if (["stop", "retire", "stop-applying", "re-enrol"].includes(error.reaction)) this.options.onDoubt();
    const asked = Math.min(error.answer.retryAfterS ?? 0, BACKOFF_CAP_S);
    return Math.max(asked, backoffS(failures, Math.random, BACKOFF_CAP_S));
  }

  private async once(): Promise<Answer> {
    if (!this.isIntroduced) {
      await this.line.hello(this.options.publicKey, this.options.endpoint);
      this.isIntroduced = true;
    }
    await this.tellNews();
    const answer = await this.ask();
    if (answer.status === 304) await this.unchanged(answer);
    else await this.changed(answer);
    await this.tellNews();
    return answer;
  }

  /** Waits for news if there is nothing to clear up with the server. */
  private ask(): Promise<Answer> {
    if (this.held) return this.line.state("now");
    return this.line.state(this.gateway.isInDoubt ? "now" : "next", this.gateway.etag);
  }

  /** The ETag of a 304 is not signed; one that is not ours is no confirmation. */
  private async unchanged(answer: Answer): Promise<void> {
    const named = answer.headers.get("etag");
    if (named !== null && named !== `"${this.gateway.etag}"`) return this.changed(await this.line.state("now"));
    this.gateway.confirmed();
    await this.gateway.settle();
  }

  /** What has changed, put together with what is here; where that does not fit, the whole is fetched. */
  private async together({ body }: Answer): Promise<Received> {
    const { lastGood } = this.gateway;
    const made = lastGood && stateFromDelta(lastGood, body);
    if (made) return made;
    log.warn("What the server says has changed does not fit the state here: asking for the whole");
    return whole(await this.line.state("now"));
  }

  private async changed(answer: Answer): Promise<void> {
    const { etag, bytes } = answer.status === 226 ? await this.together(answer) : whole(answer);
    const checked = checkState(bytes, etag ?? "");
    if (!checked.ok) {
      this.gateway.tell({ etag: etag ?? etagOf(bytes), outcome: "failed", error: checked.why });
      await this.tellNews();
      throw new AgentError("failed", `The state is not taken: ${checked.why}`, "The last good one stays in force.");
    }
    if (checked.etag !== this.gateway.etag && this.isHeld(checked)) return;
    this.held = undefined;
    await this.gateway.accept(bytes, checked);
    if (this.gateway.etag !== checked.etag) throw new AgentError("failed", "The last good state stays in force");
  }

  private isHeld(next: Extract<ReturnType<typeof checkState>, { ok: true }>): boolean {
    const before = this.held;
    const { holdS } = this.options;
    const nowMs = performance.now();
    this.held = toHold(this.gateway.current, { ...next, nowMs }, { held: before, holdS });
    if (!this.held) return false;
    if (this.held === before) return true;
    const error = `It would remove more than half of the peers; the server has to say so again in ${holdS} s`;
    this.gateway.tell({ etag: next.etag, outcome: "held", error });
    return true;
  }

  /** What the server has not heard yet; if it cannot be told, it is kept. */
  private async tellNews(): Promise<void> {
    const { news } = this.gateway;
    if (!news) return;
    await this.line.status(news);
    if (this.gateway.news === news) this.gateway.news = undefined;
  }
}
