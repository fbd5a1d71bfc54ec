import type { Job } from "@/server/core/job";
import { log } from "@/server/core/log";
import { onEnqueued } from "@/server/core/outbox";
import { sweep } from "@/server/core/outbox-delivery";
import * as documents from "@/server/modules/devices/documents.service";
import { type Consumers, deliverSome } from "./deliver";

export const consumers: Consumers = {
  "device.documents-outdated": ({ caller, payload }) => documents.outdate.execute(caller, payload),
};

/** What is to be tried again, and what was said while nobody listened, waits no longer than this. */
const POLL_MS = 5_000;

interface Options {
  deliveredBy?: Consumers;
  pollMs?: number;
}

/**
 * Delivers effects as soon as they are committed, by whatever process.
 * @returns how to stop it, letting the deliveries under way end
 */
export function startOutbox({ deliveredBy = consumers, pollMs = POLL_MS }: Options = {}): { stop(): Promise<void> } {
  let isWoken = false;
  let isStopped = false;
  let working: Promise<unknown> | undefined;
  const drain = async () => {
    while (isWoken && !isStopped) {
      isWoken = false;
      // As long as there was something, there may be more.
      if ((await deliverSome(deliveredBy)) > 0) isWoken = true;
    }
  };
  const wake = () => {
    isWoken = true;
    working ??= drain()
      .catch((error: unknown) => log.warn({ err: error, part: "outbox" }, "Effects wait for the database"))
      .finally(() => {
        working = undefined;
      });
  };
  const timer = setInterval(wake, pollMs).unref();
  const stopListening = onEnqueued(wake);
  // What was committed while nobody was there.
  wake();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      stopListening();
      await working;
    },
  };
}

export const outboxJobs: readonly Job[] = [
  {
    name: "outbox.sweep",
    cron: "41 * * * *",
    async run(caller) {
      const { givenUp } = await sweep.execute(caller, undefined);
      if (givenUp > 0) log.error({ part: "outbox", givenUp }, "Effects were given up and wait for somebody to look");
    },
  },
];
