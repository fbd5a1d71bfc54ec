import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import { verify as verifyBcrypt } from "@node-rs/bcrypt";
import { AppError } from "@/server/core/errors";

/** OWASP's argon2id parameters: 19 MiB, two passes, one lane; algorithm 2 is argon2id. */
export const ARGON2 = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const SLOTS = 2 * availableParallelism();
const QUEUE_LIMIT = 64;
let running = 0;
const waiting: (() => void)[] = [];

/** Hashing runs in a bounded number of threads, so that a burst of sign-ins cannot starve everything else. */
async function inSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= SLOTS) {
    if (waiting.length >= QUEUE_LIMIT) {
      throw new AppError("too-many-requests", "Too many sign-ins at once. Try again in a moment.", { retryAfterS: 2 });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** @returns a PHC string, at most 255 characters */
export const hashPassword = (password: string): Promise<string> => inSlot(() => hash(password, ARGON2));

const isBcrypt = (stored: string): boolean => /^\$2[aby]\$/.test(stored);

/** A hash of nobody's password, with the current parameters: unknown users cost as much as known ones. */
const DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$a2V5d2FyZC1kdW1teS1zYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/**
 * Checks a password exactly as received; without a stored hash it takes as long and says no.
 * Imported bcrypt hashes verify too, and should be replaced then: see {@link needsRehash}.
 */
export function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  return inSlot(async () => {
    if (stored && isBcrypt(stored)) return verifyBcrypt(password, stored);
    const isRight = await verify(stored ?? DUMMY, password).catch(() => false);
    return stored !== null && isRight;
  });
}

/** bcrypt looks at no more than this. */
const BCRYPT_BYTES = 72;

/** Whether a hash that this password just matched should be made anew with the current parameters. */
export function needsRehash(stored: string, password: string): boolean {
  // What lies behind bcrypt's bytes was not compared: a typing mistake there must not become the password.
  if (isBcrypt(stored) && Buffer.byteLength(password) > BCRYPT_BYTES) return false;
  return !stored.startsWith(`$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`);
}
