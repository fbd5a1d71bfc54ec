import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@/scripts/lib/embedded-postgres.mjs";
import type { Env } from "@/server/core/env";
import { log } from "@/server/core/log";

const RESTART_PAUSE_MS = 1_000;

export interface DatabaseServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The PostgreSQL to use: the given one, or the embedded one, which is started and kept running. */
export async function openDatabaseServer(env: Env): Promise<DatabaseServer> {
  if (env.DATABASE_URL) return { url: env.DATABASE_URL, stop: async () => undefined };
  const options = {
    dataDir: join(env.KEYWARD_DATA_DIR, "postgres"),
    flags: { max_connections: String(env.KEYWARD_DATABASE_POOL + 40) },
    log: (line: string) => log.warn({ postgres: line }, "PostgreSQL says"),
  };
  const first = await startEmbeddedPostgres(options);
  return keepRunning(first, () => startEmbeddedPostgres({ ...options, port: first.port }));
}

/** A server that goes without being asked is started again at the same address, so that the pool finds it. */
function keepRunning(first: EmbeddedPostgres, start: () => Promise<EmbeddedPostgres>): DatabaseServer {
  let current = first;
  let isStopping = false;
  const watch = (): void => {
    void current.exited.then(async (reason) => {
      if (isStopping) return;
      log.error({ reason }, "The embedded PostgreSQL stopped; starting it again");
      await current.stop().catch((error) => log.error({ err: error }, "The stopped PostgreSQL could not be put away"));
      await restart();
    });
  };
  const restart = async (): Promise<void> => {
    while (!isStopping) {
      try {
        current = await start();
        return watch();
      } catch (error) {
        log.error({ err: error }, "The embedded PostgreSQL does not start");
        await sleep(RESTART_PAUSE_MS);
      }
    }
  };
  watch();
  return {
    url: first.url,
    stop: async () => {
      isStopping = true;
      await current.stop();
    },
  };
}
