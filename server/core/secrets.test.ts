import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { loadEnv } from "./env";
import {
  type Fingerprints,
  fingerprints,
  openSecrets,
  parseKeys,
  type Secrets,
  SecretsError,
  secretNames,
} from "./secrets";

const key = (fill: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 7 + fill) % 256)).toString("base64");

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "keyward-secrets-"));
});

const path = (file: string) => join(dataDir, "secrets", file);
const open = (remembered: Fingerprints = {}, variables: Record<string, string> = {}) =>
  openSecrets(loadEnv({ KEYWARD_DATA_DIR: dataDir, ...variables }), remembered);
const remember = (secrets: Secrets): Fingerprints =>
  Object.fromEntries(secretNames.map((name) => [name, fingerprints(secrets[name], name)]));

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof SecretsError) return error.problems;
    throw error;
  }
  return [];
}

describe("first start", () => {
  test("every secret is generated, each of its own, readable by nobody else", () => {
    const secrets = open();
    const all = secretNames.flatMap((name) => secrets[name]);
    expect(all.map(({ bytes }) => bytes.length)).toEqual([32, 32, 32, 32, 32]);
    expect(new Set(all.map(({ bytes }) => bytes.toString("hex"))).size).toBe(5);
    expect(readdirSync(join(dataDir, "secrets"))).toHaveLength(5);
    expect(statSync(join(dataDir, "secrets")).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(join(dataDir, "secrets")))
      expect(statSync(path(file)).mode & 0o777, file).toBe(0o600);
  });

  test("the next start opens the same secrets", () => {
    const first = open();
    expect(open(remember(first))).toEqual(first);
  });

  test("a secret given by a variable is not written to disk", () => {
    const secrets = open({}, { KEYWARD_SESSION_KEY: `mine:${key(1)}` });
    expect(secrets.session).toEqual([{ id: "mine", bytes: Buffer.from(key(1), "base64") }]);
    expect(existsSync(path("session-key"))).toBe(false);
  });
});

describe("an initialised database", () => {
  test.each([
    ["session-key", "KEYWARD_SESSION_KEY"],
    ["refresh-key", "KEYWARD_REFRESH_KEY"],
    ["encryption-key", "KEYWARD_ENCRYPTION_KEY"],
    ["enrolment-pepper", "KEYWARD_ENROLMENT_PEPPER"],
    ["server-key", "KEYWARD_SERVER_KEY"],
  ])("refuses to start without %s, names it, and generates nothing in its place", (file, variable) => {
    const remembered = remember(open());
    rmSync(path(file));
    expect(problemsOf(() => open(remembered))).toEqual([expect.stringMatching(new RegExp(`^${variable} .*${file}`))]);
    expect(existsSync(path(file))).toBe(false);
  });

  test("refuses another key, whether it has another id or the same", () => {
    const remembered = remember(open({}, { KEYWARD_ENCRYPTION_KEY: `a:${key(1)}` }));
    for (const text of [`b:${key(2)}`, `a:${key(2)}`, key(2)]) {
      const problems = problemsOf(() => open(remembered, { KEYWARD_ENCRYPTION_KEY: text }));
      expect(problems, text).toEqual([expect.stringMatching(/^KEYWARD_ENCRYPTION_KEY .*not the key/)]);
    }
  });

  test("accepts a rotation, in which one known key stays, and refuses one in which a known id changed its bytes", () => {
    const remembered = remember(open({}, { KEYWARD_REFRESH_KEY: `a:${key(1)},b:${key(2)}` }));
    const rotated = open(remembered, { KEYWARD_REFRESH_KEY: `c:${key(3)},a:${key(1)}` });
    expect(rotated.refresh.map(({ id }) => id)).toEqual(["c", "a"]);
    expect(problemsOf(() => open(remembered, { KEYWARD_REFRESH_KEY: `a:${key(1)},b:${key(9)}` }))).toHaveLength(1);
  });

  test("accepts what the runbook of docs/sessions.md makes: a new key in front, the old one behind it", () => {
    const before = open();
    const [, commands = ""] = /```sh\n(cd \.keyward[^`]*)```/.exec(readFileSync("docs/sessions.md", "utf8")) ?? [];
    const cwd = mkdtempSync(join(tmpdir(), "keyward-runbook-"));
    symlinkSync(dataDir, join(cwd, ".keyward"));
    execFileSync("sh", ["-ec", commands], { cwd });
    const after = open(remember(before));
    expect(after.session).toHaveLength(2);
    expect(after.session[1]).toEqual(before.session[0]);
    expect(after.session[0]?.id).not.toBe(before.session[0]?.id);
    expect(statSync(path("session-key")).mode & 0o777).toBe(0o600);
  });

  test("generates a secret that a later version added", () => {
    const { pepper: _, ...older } = remember(open());
    rmSync(path("enrolment-pepper"));
    expect(open(older).pepper).toHaveLength(1);
  });

  test("lists every missing and wrong secret at once, and shows no key", () => {
    const first = open();
    const remembered = remember(first);
    rmSync(path("server-key"));
    writeFileSync(path("session-key"), `x:${key(1)}\n`, { mode: 0o600 });
    const problems = problemsOf(() => open(remembered, { KEYWARD_REFRESH_KEY: "zero:AAAA" }));
    expect(problems).toHaveLength(3);
    for (const shown of [key(1), first.session[0]?.bytes.toString("base64"), "AAAA"])
      expect(problems.join()).not.toContain(shown);
  });
});

describe("unusable secrets", () => {
  test.each([
    ["31 bytes", Buffer.from(key(1), "base64").subarray(1).toString("base64"), /31 bytes/],
    [
      "33 bytes for AES-256",
      Buffer.concat([Buffer.from(key(1), "base64"), Buffer.alloc(1)]).toString("base64"),
      /33 bytes/,
    ],
    ["all zero", Buffer.alloc(32).toString("base64"), /not random/],
    ["one repeated byte", Buffer.alloc(32, 0xab).toString("base64"), /not random/],
    ["no base64", "correct horse battery staple", /base64/],
    ["two keys with one id", `a:${key(1)},a:${key(2)}`, /one id/],
    ["an empty part", `a:${key(1)},`, /base64/],
    ["an id that cannot stand in a token", `a.b:${key(1)}`, /base64/],
  ])("%s is refused", (_, text, message) => {
    expect(() => parseKeys("encryption", text)).toThrow(message);
  });

  test("one key may not serve two purposes", () => {
    const variables = { KEYWARD_SESSION_KEY: key(1), KEYWARD_REFRESH_KEY: `other:${key(1)}` };
    expect(problemsOf(() => open({}, variables))).toEqual(["KEYWARD_REFRESH_KEY repeats a key of KEYWARD_SESSION_KEY"]);
  });

  test("a file others can read is refused, and says how to mend it", () => {
    open();
    chmodSync(path("session-key"), 0o640);
    expect(problemsOf(() => open())).toEqual([
      expect.stringMatching(/session-key is open to other users: run chmod 600/),
    ]);
  });

  test("a damaged file is refused and left as it is", () => {
    open();
    writeFileSync(path("refresh-key"), "");
    expect(problemsOf(() => open())).toEqual([expect.stringMatching(/^KEYWARD_REFRESH_KEY/)]);
    expect(readFileSync(path("refresh-key"), "utf8")).toBe("");
  });
});

test("base64 and base64url, with and without padding, are the same key with the same id", () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at));
  const spellings = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("base64").replace("=", "")];
  const parsed = spellings.map((text) => parseKeys("session", text));
  expect(parsed[0]?.[0]?.bytes).toEqual(bytes);
  expect(parsed[1]).toEqual(parsed[0]);
  expect(parsed[2]).toEqual(parsed[0]);
});

test("a check value tells keys and purposes apart", () => {
  const [one] = parseKeys("session", `a:${key(1)}`);
  const [two] = parseKeys("session", `a:${key(2)}`);
  if (!one || !two) throw new Error("no keys");
  expect(fingerprints([one], "session")).not.toEqual(fingerprints([two], "session"));
  expect(fingerprints([one], "session")).not.toEqual(fingerprints([one], "refresh"));
});
