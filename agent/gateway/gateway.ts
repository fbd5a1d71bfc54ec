import { toAgentError } from "@/agent/advice";
import { type AgentClock, createClock } from "@/agent/clock";
import { etagOf } from "@/agent/gateway/checked-state";
import type { Enforcement } from "@/agent/gateway/enforcement";
import { expiredKeys, inForce, narrowedTo, withoutPeers } from "@/agent/gateway/in-force";
import { Leftover } from "@/agent/gateway/leftover";
import type { LetIn } from "@/agent/gateway/mass-removal";
import { shortened } from "@/agent/gateway/program";
import {
  type GatewayProgress,
  readProgress,
  readState,
  stateWrittenAtS,
  writeProgress,
  writeState,
} from "@/agent/gateway/store";
import type { Tunnel } from "@/agent/gateway/wireguard-text";
import { log } from "@/agent/log";
import { canonicalJson } from "@/server/core/canonical-hash";
import type { GatewayState, GatewayStatus } from "@/server/modules/gateways/state.schema";

export type Outcome = Omit<GatewayStatus, "bootId">;

interface Known {
  readonly etag: string;
  readonly state: GatewayState;
}

export interface Limits {
  /** Seconds after which a state that nobody confirmed lets nobody in; 0 is never. */
  readonly maxStaleS: number;
}

/** A confirmation is written down this often at most: it comes with every answer. */
const CONFIRM_EVERY_S = 60;
/** Seconds for which peers stay of which nobody knows whose time is over: there is no state that could be read. */
const UNREADABLE_S = 3600;
/** After a failure, so that a broken machine is not kept busy with it. */
const RETRY_MS = 5000;

const MAX_ERROR = 2000;

const UNWRITTEN = "It is in force, but not written down, so that a restart may bring back the one before: ";

function messageOf(error: unknown): string {
  const { message, hint } = toAgentError(error);
  return shortened(hint === undefined ? message : `${message}. ${hint}`, MAX_ERROR);
}

/** The last good state and its enforcement, one step at a time. It works the same whether the server is there or not. */
export class Gateway {
  /** What the server has not heard yet. */
  news: Outcome | undefined;

  private known: Known | undefined;
  /** What runs from before, where there is no last good state. */
  private readonly leftover: Leftover;
  private progress: GatewayProgress;
  /** When the server was heard, as it was last written down. */
  private notedAtS = 0;
  /** Goes on from when the server was last heard. */
  private readonly sinceHeard = createClock();
  /** The state in force, where it could not be written down, and why. */
  private unwritten: { readonly etag: string; readonly bytes: Uint8Array; readonly why: string } | undefined;
  /** What was brought about: the state, and which of its peers were left out. */
  private done: string | undefined;
  /** What was told last, and whether it is not yet told that the last good state is in force. */
  private told: Outcome | undefined;
  private isUntold = true;
  /** Whether the server wants another state than the last good one, and was told why it has not got it. */
  private isRefused = false;
  private retryAtMs = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dir: string,
    readonly enforcement: Enforcement,
    private readonly context: { readonly clock: AgentClock; readonly limits: Limits; readonly interfaceName: string },
  ) {
    const stored = readState(dir);
    if (stored?.ok) this.known = stored;
    else if (stored) log.warn(`The state on disk is not used: ${stored.why}`);
    this.leftover = new Leftover(enforcement);
    const progress = readProgress(dir);
    // A state was confirmed when it came, also if nobody knows any more when it was last.
    const confirmedAt = progress.confirmedAt ?? stateWrittenAtS(dir);
    this.progress = { ...progress, confirmedAt, interfaceName: context.interfaceName };
    this.sinceHeard.adjust(confirmedAt ?? 0);
  }

  /** Of the last good state. */
  get etag(): string | undefined {
    return this.known?.etag;
  }

  /** The last good state, which what the server says has changed is about. */
  get lastGood(): Known | undefined {
    return this.known;
  }

  /** The last good state's peers whose time is not over; without such a state, those that the tunnel has from before. */
  get current(): LetIn | undefined {
    return this.known ? inForce(this.known.state, this.nowS) : this.leftover.letIn;
  }

  /** Whether the server may not know that the last good state is in force: it was told of another one since. */
  get isInDoubt(): boolean {
    if (!this.known || this.done === undefined) return false;
    return this.isUntold || this.told?.etag !== this.known.etag;
  }

  /**
   * Takes a state that was checked: written down once the firewall would take it, and then brought about. A full disk
   * keeps nobody in whom the server wants out, and neither does a firewall that would not take it.
   */
  accept(bytes: Uint8Array, next: Known): Promise<void> {
    return this.inTurn(async () => {
      this.heard(false);
      const isInForce = await this.bring(next, () => {
        this.keep(next.etag, bytes);
        this.known = next;
      });
      if (isInForce) this.heard(true);
      else if (this.known && this.known !== next) this.narrow(this.known, next);
      this.isRefused = this.etag !== next.etag;
    });
  }

  /** Makes of the last good state one without whom the server wants out, so that nothing brings them back. */
  private narrow({ etag: before, state }: Known, { state: next }: Known): void {
    const narrowed = narrowedTo(state, next);
    const bytes = Buffer.from(canonicalJson(narrowed));
    const etag = etagOf(bytes);
    if (etag === before) return;
    this.keep(etag, bytes);
    this.known = { etag, state: narrowed };
    this.done = undefined;
    this.isUntold = true;
  }

  /** The server said, signed, that it wants nothing else than the last good state. */
  confirmed(): void {
    if (!this.known) return;
    this.isRefused = false;
    this.heard(this.done !== undefined);
    const { unwritten } = this;
    if (unwritten) this.keep(unwritten.etag, unwritten.bytes);
    this.isUntold ||= unwritten !== undefined && !this.unwritten;
    if (this.isInDoubt) this.tellApplied(this.known);
  }

  /**
   * The server's clock has the last word, also where it was ahead before. What it wants counts as confirmed only once it
   * is in force: what is instead has had its time when it was not wanted for too long.
   */
  private heard(isInForce: boolean): void {
    const nowS = this.context.clock.nowS();
    this.sinceHeard.adjust(nowS);
    const confirmedAt = isInForce ? nowS : Math.min(this.progress.confirmedAt ?? nowS, nowS);
    if (Math.abs(confirmedAt - this.notedAtS) < CONFIRM_EVERY_S) this.progress = { ...this.progress, confirmedAt };
    else this.note({ confirmedAt });
  }

  /** What `status` shows is not worth ending for. */
  private note(change: Partial<GatewayProgress>): void {
    this.progress = { ...this.progress, ...change };
    this.notedAtS = this.progress.confirmedAt ?? 0;
    try {
      writeProgress(this.dir, this.progress);
    } catch (error) {
      log.warn(`How the gateway stands could not be written down: ${messageOf(error)}`);
    }
  }

  private keep(etag: string, bytes: Uint8Array): void {
    try {
      writeState(this.dir, etag, bytes);
      this.unwritten = undefined;
    } catch (error) {
      this.unwritten = { etag, bytes, why: messageOf(error) };
    }
  }

  /** Brings about what has become different by itself: a peer's time is over, or the server has been away too long. */
  settle(): Promise<void> {
    return this.inTurn(async () => {
      if (performance.now() < this.retryAtMs) return;
      if (!this.known) await this.leftover.settle(this.isStale());
      else if (this.done !== this.plan(this.known).summary) await this.bring(this.known);
    });
  }

  /** Looks whether the rules are as they were left; if not, the next {@link Gateway.settle} puts them back. */
  checkRules(part: "gate" | "whole"): Promise<void> {
    return this.inTurn(async () => {
      if (this.done === undefined || (await this.enforcement.hasRules(part))) return;
      this.done = undefined;
      log.warn("Somebody changed the gateway's rules: putting them back");
    });
  }

  /** The running tunnel, once there is one; what others made of it is put back by the next {@link Gateway.settle}. */
  readTunnel(): Promise<Tunnel | undefined> {
    return this.inTurn(async () => {
      if (!this.known || this.done === undefined) return undefined;
      const tunnel = await this.enforcement.read();
      const { summary, wanted } = this.plan(this.known);
      if (this.done === summary && !this.enforcement.hasPeers(tunnel, wanted)) {
        this.done = undefined;
        log.warn("Somebody changed the gateway's tunnel: putting it back");
      }
      return tunnel;
    });
  }

  /** Says what became of a state, unless that was what it said last. */
  tell(outcome: Outcome): void {
    const { told } = this;
    if (told?.etag === outcome.etag && told.outcome === outcome.outcome && told.error === outcome.error) return;
    this.told = outcome;
    this.news = outcome;
    const { etag, error } = outcome;
    this.note({ etag, error, outcome: outcome.outcome, changedAt: new Date().toISOString() });
    if (outcome.outcome !== "applied") log.warn(`State ${etag.slice(0, 12)} ${outcome.outcome}: ${error ?? ""}`);
  }

  /** @returns whether it is in force now */
  private async bring(next: Known, onChecked?: () => void): Promise<boolean> {
    const plan = this.plan(next, onChecked === undefined && this.isStale());
    // What became of an older state is no answer to what the server wants.
    const isAsked = onChecked !== undefined || !this.isRefused;
    const before = this.done;
    let isBegun = false;
    try {
      await this.enforcement.bring(plan.wanted, () => {
        isBegun = true;
        this.done = undefined;
        onChecked?.();
      });
    } catch (error) {
      // A new state that the firewall would not take has changed nothing of the old one's rules.
      this.done = isBegun || !onChecked ? undefined : before;
      this.retryAtMs = performance.now() + RETRY_MS;
      this.isUntold ||= isBegun;
      if (isAsked) this.tell({ etag: next.etag, outcome: "failed", error: messageOf(error) });
      else log.warn(`State ${plan.summary}, but not quite: ${messageOf(error)}`);
      return false;
    }
    this.done = plan.summary;
    this.note({ inForce: plan.summary });
    log.info(`State ${plan.summary}`);
    if (onChecked || (this.isUntold && isAsked)) this.tellApplied(next);
    return true;
  }

  private tellApplied({ etag }: Known): void {
    this.isUntold = false;
    if (this.unwritten)
      this.tell({ etag, outcome: "failed", error: shortened(UNWRITTEN + this.unwritten.why, MAX_ERROR) });
    else this.tell({ etag, outcome: "applied", error: null });
  }

  /** What is to be in force now, and what it is called. */
  private plan(
    { etag, state }: Known,
    isStale = this.isStale(),
  ): { readonly wanted: GatewayState; readonly summary: string } {
    const { nowS } = this;
    const name = etag.slice(0, 12);
    if (isStale) {
      return { wanted: withoutPeers(state), summary: `${name} lets nobody in: it was not confirmed for too long` };
    }
    const expired = expiredKeys(state, nowS);
    const without = expired.length > 0 ? ` without the expired ${expired.join(" ")}` : "";
    return { wanted: inForce(state, nowS), summary: `${name} is in force${without}` };
  }

  private isStale(): boolean {
    const { maxStaleS } = this.context.limits;
    const { confirmedAt } = this.progress;
    const limitS = this.known ? maxStaleS : Math.min(maxStaleS || UNREADABLE_S, UNREADABLE_S);
    if (confirmedAt === null) return !this.known;
    return limitS > 0 && this.nowS - confirmedAt > limitS;
  }

  /** Not before the server was heard, and on from there: a clock that was set back must not bring back who expired. */
  private get nowS(): number {
    return Math.max(this.context.clock.nowS(), this.sinceHeard.nowS());
  }

  /** One at a time: both what the server says and the clock change the same tunnel. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}
