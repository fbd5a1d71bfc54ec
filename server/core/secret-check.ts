import type { Sql } from "postgres";
import { z } from "zod";
import type { Env } from "./env";
import { type Fingerprints, fingerprints, installSecrets, openSecrets, type Secrets, secretNames } from "./secrets";

const CATEGORY = "internal";
const PREFIX = "secret-check-";

const CheckValues = z.record(z.string(), z.string());

/**
 * Opens the process's secrets against the database they belong to; a new database remembers them from here on.
 * Replicas that start at the same time take turns, so that the first one's keys are the database's.
 * @throws {SecretsError} when a secret is missing, unusable or not this database's
 */
export async function establishSecrets(sql: Sql, env: Env): Promise<Secrets> {
  const opened = await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('keyward.secrets', 0))`;
    await tx`set local role keyward_owner`;
    const rows = await tx<{ key: string; value: unknown }[]>`
      select key, value from system_settings where category = ${CATEGORY} and key like ${`${PREFIX}%`}`;
    const found = openSecrets(env, toFingerprints(rows));
    await tx`
      insert into system_settings ${tx(toRows(found))}
      on conflict (category, key) do update set value = excluded.value
      where system_settings.value is distinct from excluded.value`;
    return found;
  });
  installSecrets(opened);
  return opened;
}

function toFingerprints(rows: readonly { key: string; value: unknown }[]): Fingerprints {
  const known = new Map(rows.map(({ key, value }) => [key.slice(PREFIX.length), CheckValues.parse(value)]));
  return Object.fromEntries(secretNames.flatMap((name) => (known.has(name) ? [[name, known.get(name)]] : [])));
}

function toRows(secrets: Secrets) {
  return secretNames.map((name) => ({
    category: CATEGORY,
    key: PREFIX + name,
    value: fingerprints(secrets[name], name),
    data_type: "json",
    description: "Check values of the keys in use; they reveal nothing of the keys",
    is_public: false,
  }));
}
