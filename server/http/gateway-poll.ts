import { onAnnounced } from "@/server/core/announcements";
import type { Caller } from "@/server/core/operation";
import { type EnforcedState, stateAt } from "@/server/modules/gateways/kept-states.service";
import * as sync from "@/server/modules/gateways/sync.service";

/** An announcement may get lost; so often a poll looks for itself. */
const LOOK_EVERY_MS = 3000;
/** Changes come in bursts: a state is made once they pause, or have gone on for this long. */
const PAUSE_MS = 250;
const BURST_MAX_MS = 2000;

// One set per process: Next bundles its own copy of this file.
const globals = globalThis as { keywardPolls?: Set<() => void> };
globals.keywardPolls ??= new Set();
const polls = globals.keywardPolls;

/** Lets every poll answer now, so that the server can stop; gateways ask again elsewhere. */
export function endPolls(): void {
  for (const end of polls) end();
}

/** What a poll waits for: a change, the next look or its end, whichever comes first. */
function changesOf(gatewayId: string) {
  let isDirty = false;
  let isOver = false;
  let wake: () => void = () => undefined;
  const look = () => {
    isDirty = true;
    wake();
  };
  const end = () => {
    isOver = true;
    wake();
  };
  const unsubscribe = onAnnounced([`gateway:${gatewayId}`], look);
  polls.add(end);

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (isOver) wake();
    });

  async function pause(): Promise<void> {
    const begun = Date.now();
    do {
      isDirty = false;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    } while (isDirty && !isOver && Date.now() - begun < BURST_MAX_MS);
  }

  return {
    isOver: () => isOver,
    async next(untilMs: number): Promise<void> {
      if (!isDirty) await sleep(Math.max(1, Math.min(LOOK_EVERY_MS, untilMs - Date.now())));
      if (isDirty) await pause();
    },
    stop() {
      unsubscribe();
      polls.delete(end);
    },
  };
}

/** By gateway, the revision that it was last noted to have applied. */
const noted = new Map<string, number>();

/** Which gateway asks, and the revision its state is due for. */
export interface Due {
  id: string;
  revision: number;
}

async function current(caller: Caller, { id, revision }: Due, asked: string | null): Promise<EnforcedState> {
  const state = await stateAt(caller, { id, revision });
  if (state.etag === asked && noted.get(id) !== revision) {
    if (await sync.noteApplied.execute(caller, { etag: state.etag, revision })) noted.set(id, revision);
  }
  return state;
}

interface Asked {
  /** The ETag the gateway has, if any. */
  etag: string | null;
  waitMs: number;
}

/**
 * The gateway's state once it is another than the one asked about, or as it is after the wait.
 * @param due as it was when the request came
 * @throws {AppError} whatever kept it from being made: there is no such thing as a part of a state
 */
export async function awaitState(caller: Caller, due: Due, { etag, waitMs }: Asked): Promise<EnforcedState> {
  const deadline = Date.now() + waitMs;
  const first = await current(caller, due, etag);
  if (first.etag !== etag || waitMs <= 0) return first;
  const changes = changesOf(due.id);
  try {
    for (;;) {
      const state = await current(caller, await sync.revision.execute(caller, undefined), etag);
      if (state.etag !== etag || changes.isOver() || Date.now() >= deadline) return state;
      await changes.next(Math.min(deadline, state.changesAt ?? deadline));
    }
  } finally {
    changes.stop();
  }
}
