import { hash, verify } from "@node-rs/argon2";
import { ARGON2 } from "@/server/auth/hash-threads";

/** Prints how many passwords a process that does nothing else verifies in a second, so many at a time. */
const [connections = 1, seconds = 1] = process.argv.slice(2).map(Number);
const PASSWORD = "eleven quiet herons over water";
const stored = await hash(PASSWORD, ARGON2);
const begun = performance.now();
let verified = 0;

async function verifyOn(): Promise<void> {
  while (performance.now() - begun < seconds * 1000) {
    await verify(stored, PASSWORD);
    verified += 1;
  }
}

await Promise.all(Array.from({ length: connections }, verifyOn));
console.log((verified * 1000) / (performance.now() - begun));
