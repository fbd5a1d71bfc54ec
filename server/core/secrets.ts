import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { hmacSha256, type Key, sha256Hex } from "./crypto";
import type { Env } from "./env";
import { readOwn, writeOnce } from "./secret-file";

const MIN_BYTES = 32;

/** Where each secret is given, and how long it may be. AES-256, our pepper and an Ed25519 seed have exactly 32 bytes. */
const catalogue = {
  session: { variable: "KEYWARD_SESSION_KEY", file: "session-key", maxBytes: 256 },
  refresh: { variable: "KEYWARD_REFRESH_KEY", file: "refresh-key", maxBytes: 256 },
  encryption: { variable: "KEYWARD_ENCRYPTION_KEY", file: "encryption-key", maxBytes: 32 },
  pepper: { variable: "KEYWARD_ENROLMENT_PEPPER", file: "enrolment-pepper", maxBytes: 32 },
  server: { variable: "KEYWARD_SERVER_KEY", file: "server-key", maxBytes: 32 },
} as const;

export type SecretName = keyof typeof catalogue;

export const secretNames = Object.keys(catalogue) as SecretName[];

/** Live keys per purpose, never empty; the first signs or encrypts, all verify or decrypt. */
export type Secrets = Readonly<Record<SecretName, readonly Key[]>>;

/** What a database remembers of the keys it was used with: key id → check value. */
export type Fingerprints = Readonly<Partial<Record<SecretName, Readonly<Record<string, string>>>>>;

/** Every problem with the secrets at once. Names variables, files and key ids, never shows a key. */
export class SecretsError extends Error {
  override readonly name = "SecretsError";

  constructor(readonly problems: readonly string[]) {
    super(`The secrets are not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

const OPENED = Symbol.for("keyward.secrets");
const shared = globalThis as { [OPENED]?: Secrets };

/** The process's secrets. @throws {Error} before they were opened and checked against the database */
export function secrets(): Secrets {
  if (!shared[OPENED]) throw new Error("The secrets are not open yet");
  return shared[OPENED];
}

export const areSecretsOpen = (): boolean => shared[OPENED] !== undefined;

/** Makes these the process's secrets. */
export function installSecrets(opened: Secrets): void {
  shared[OPENED] = opened;
}

/** Fresh secrets that are stored nowhere, for tests. */
export function ephemeralSecrets(): Secrets {
  return collect((name) => parseKeys(name, generate()));
}

/**
 * Reads every secret from its variable or its file and compares it with what the database remembers. A secret that
 * the database has never seen is generated into `<data directory>/secrets`.
 * @throws {SecretsError} when one is missing, malformed, weak, open to others, or not the database's
 */
export function openSecrets(env: Env, remembered: Fingerprints): Secrets {
  const problems: string[] = [];
  const opened = collect((name) => {
    try {
      const keys = readKeys(name, env, remembered[name] !== undefined);
      checkRemembered(name, keys, remembered[name]);
      return keys;
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  problems.push(...reused(opened));
  if (problems.length > 0) throw new SecretsError(problems);
  return opened;
}

/** A value that tells whether a key is the same one, and nothing else about it. */
export function fingerprints(keys: readonly Key[], name: SecretName): Record<string, string> {
  const check = ({ bytes }: Key) => hmacSha256(bytes, `keyward secret check ${name}`).toString("hex").slice(0, 32);
  return Object.fromEntries(keys.map((key) => [key.id, check(key)]));
}

/**
 * Parses `<id>:<base64>,<id>:<base64>`, or one key without id, whose id then follows from its bytes.
 * @throws {Error} naming the variable
 */
export function parseKeys(name: SecretName, text: string): Key[] {
  const keys = text.split(",").map((part) => parseKey(name, part.trim()));
  const ids = new Set(keys.map(({ id }) => id));
  if (ids.size < keys.length) throw new Error(`${catalogue[name].variable} has two keys with one id`);
  return keys;
}

function parseKey(name: SecretName, text: string): Key {
  const { variable, maxBytes } = catalogue[name];
  const [, id, encoded] = /^(?:([A-Za-z0-9_-]{1,32}):)?([A-Za-z0-9+/_-]+={0,2})$/.exec(text) ?? [];
  if (!encoded) throw new Error(`${variable} must be base64, or <id>:<base64> separated by commas`);
  const bytes = Buffer.from(encoded, "base64");
  const place = id ? `${variable} (key ${id})` : variable;
  if (bytes.length < MIN_BYTES) throw new Error(`${place} has ${bytes.length} bytes; ${MIN_BYTES} are needed`);
  if (bytes.length > maxBytes) throw new Error(`${place} has ${bytes.length} bytes; at most ${maxBytes} are allowed`);
  if (new Set(bytes).size < 8) throw new Error(`${place} is not random`);
  return { id: id ?? sha256Hex(bytes).slice(0, 8), bytes };
}

function readKeys(name: SecretName, env: Env, isRemembered: boolean): Key[] {
  const { variable, file } = catalogue[name];
  const given = env[variable];
  if (given !== undefined) return parseKeys(name, given);
  const path = join(env.KEYWARD_DATA_DIR, "secrets", file);
  const stored = readOwn(path) ?? (isRemembered ? undefined : writeOnce(path, generate()));
  if (stored !== undefined) return parseKeys(name, stored);
  throw new Error(`${variable} is not set and ${path} is missing, but this database was set up with such a key`);
}

const generate = (): string => `k${randomBytes(3).toString("hex")}:${randomBytes(MIN_BYTES).toString("base64")}`;

/** Keys come and go by rotation, one at a time; all of them changing at once means these are not the database's. */
function checkRemembered(name: SecretName, keys: readonly Key[], remembered: Record<string, string> | undefined): void {
  if (!remembered) return;
  const { variable, file } = catalogue[name];
  const current = fingerprints(keys, name);
  const shared = Object.keys(current).filter((id) => id in remembered);
  if (shared.length > 0 && shared.every((id) => current[id] === remembered[id])) return;
  throw new Error(`${variable} (or the file ${file}) is not the key this database was set up with`);
}

function reused(opened: Secrets): string[] {
  const owners = new Map<string, SecretName>();
  const problems: string[] = [];
  for (const name of secretNames) {
    for (const { bytes } of opened[name]) {
      const digest = sha256Hex(bytes);
      const owner = owners.get(digest) ?? name;
      if (owner !== name) problems.push(`${catalogue[name].variable} repeats a key of ${catalogue[owner].variable}`);
      owners.set(digest, owner);
    }
  }
  return problems;
}

function collect(read: (name: SecretName) => readonly Key[]): Secrets {
  return {
    session: read("session"),
    refresh: read("refresh"),
    encryption: read("encryption"),
    pepper: read("pepper"),
    server: read("server"),
  };
}
