import { availableParallelism } from "node:os";
import { join } from "node:path";
import Piscina from "piscina";

/** How many passwords are hashed at a time: a core is left to everybody else, however many sign in (decision 0015). */
export const HASH_THREADS = Math.max(1, availableParallelism() - 1);

/** One runs, the other is at hand: a thread that waited for this one to notice that it is free would idle a fifth. */
export const TASKS_PER_THREAD = 2;

/** OWASP's argon2id parameters: 19 MiB, two passes, one lane; algorithm 2 is argon2id. */
export const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Next bundles its own copy of this module; the threads are the process's.
const globals = globalThis as { keywardHashThreads?: Piscina };

/** The threads, started when first needed and ended when nobody signs in. */
export function threads(): Piscina {
  globals.keywardHashThreads ??= new Piscina({
    filename: join(/* turbopackIgnore: true */ process.cwd(), "server", "auth", "hash-thread.mjs"),
    minThreads: 0,
    maxThreads: HASH_THREADS,
    concurrentTasksPerWorker: TASKS_PER_THREAD,
    idleTimeout: 60_000,
    // Where the system knows priorities of threads: whoever waits for an answer goes before whoever signs in.
    niceIncrement: 10,
    recordTiming: false,
  });
  return globals.keywardHashThreads;
}

/** @returns a PHC string, at most 255 characters */
export const hash = (password: string): Promise<string> =>
  threads().run({ password, options: ARGON2 }, { name: "hash" });

/** With the parameters of the stored hash. @throws {Error} when that cannot be read */
export const verify = (stored: string, password: string): Promise<boolean> =>
  threads().run({ stored, password }, { name: "verify" });

/** @throws {Error} when the stored hash cannot be read */
export const verifyBcrypt = (stored: string, password: string): Promise<boolean> =>
  threads().run({ stored, password }, { name: "verifyBcrypt" });
