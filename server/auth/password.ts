import { boundedQueue } from "@/server/core/bounded-queue";
import { AppError } from "@/server/core/errors";
import { ARGON2, HASH_THREADS, hash, TASKS_PER_THREAD, verify, verifyBcrypt } from "./hash-threads";

const inSlot = boundedQueue({
  slots: HASH_THREADS * TASKS_PER_THREAD,
  waiting: 64,
  refusal: () =>
    new AppError("too-many-requests", "Too many sign-ins at once. Try again in a moment.", { retryAfterS: 2 }),
});

/** @returns a PHC string, at most 255 characters */
export const hashPassword = (password: string): Promise<string> => inSlot(() => hash(password));

const isBcrypt = (stored: string): boolean => /^\$2[aby]\$/.test(stored);

/** A hash of nobody's password, with the current parameters: unknown users cost as much as known ones. */
const DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$a2V5d2FyZC1kdW1teS1zYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** What takes the time of a verification and always says no. */
async function verifyNothing(password: string): Promise<false> {
  await verify(DUMMY, password);
  return false;
}

async function verifyImported(stored: string, password: string): Promise<boolean> {
  const isRight = await verifyBcrypt(stored, password).catch(() => false);
  // On top: so much is done for everybody, whatever bcrypt took.
  await verifyNothing(password);
  return isRight;
}

/**
 * Checks a password exactly as received, with one argon2id verification in any case: also for nobody's password and
 * for a stored hash that cannot be read. Imported bcrypt hashes verify too, and should be replaced then: see
 * {@link needsRehash}.
 */
export function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  return inSlot(() => {
    if (stored === null) return verifyNothing(password);
    if (isBcrypt(stored)) return verifyImported(stored, password);
    return verify(stored, password).catch(() => verifyNothing(password));
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
