import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { testDatabase } from "@/server/testing/database";
import { type Env, loadEnv } from "./env";
import { establishSecrets } from "./secret-check";
import { secrets } from "./secrets";

let database: Awaited<ReturnType<typeof testDatabase>>;
const newEnv = (): Env => loadEnv({ KEYWARD_DATA_DIR: mkdtempSync(join(tmpdir(), "keyward-check-")) });

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.sql`delete from system_settings where category = 'internal' and key like 'secret-check-%'`;
});

test("a new database remembers its keys and opens with them, and with no others, from then on", async () => {
  const env = newEnv();
  const first = await establishSecrets(database.sql, env);
  expect(secrets()).toBe(first);
  expect(await establishSecrets(database.sql, env)).toEqual(first);
  await expect(establishSecrets(database.sql, newEnv())).rejects.toThrow(/KEYWARD_SESSION_KEY .*is missing/);
});

test("what the database remembers contains no key and is shown to nobody", async () => {
  const opened = await establishSecrets(database.sql, newEnv());
  const rows = await database.sql`select *, is_public as shown from system_settings where key like 'secret-check-%'`;
  expect(rows).toHaveLength(5);
  expect(rows.map(({ shown }) => shown)).toEqual([false, false, false, false, false]);
  const text = JSON.stringify(rows);
  for (const { bytes } of Object.values(opened).flat()) {
    for (const encoding of ["base64", "base64url", "hex"] as const)
      expect(text).not.toContain(bytes.toString(encoding));
  }
});

test("of two replicas with secrets of their own that start at once, exactly one gets the database", async () => {
  const outcomes = await Promise.allSettled([newEnv(), newEnv()].map((env) => establishSecrets(database.sql, env)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("a refused start leaves what the database remembers as it was", async () => {
  const env = newEnv();
  await establishSecrets(database.sql, env);
  const remembered = () =>
    database.sql`select key, value from system_settings where key like 'secret-check-%' order by key`;
  const before = await remembered();
  rmSync(join(env.KEYWARD_DATA_DIR, "secrets", "server-key"));
  await expect(establishSecrets(database.sql, env)).rejects.toThrow(/KEYWARD_SERVER_KEY/);
  expect([...(await remembered())]).toEqual([...before]);
});
