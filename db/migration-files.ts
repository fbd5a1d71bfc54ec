import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Migration {
  /** File name without `.sql`. */
  tag: string;
  up: string;
  /** Undefined when there is no way back. */
  down: string | undefined;
  /** SHA-256 of `up`, hex. */
  hash: string;
  /** Runs with the login's own rights (extensions, roles) instead of the owner's. */
  asLogin: boolean;
}

/** Where migrations are, seen from the directory the server was started in. */
export const migrationsDirectory = () => join(process.cwd(), "db", "migrations");

/** Every `<timestamp>_<name>.sql` of a directory, oldest first. */
export function readMigrations(directory = migrationsDirectory()): Migration[] {
  return readdirSync(directory)
    .filter((file) => /^\d{14}_[a-z0-9_]+\.sql$/.test(file))
    .sort()
    .map((file) => readMigration(directory, file.slice(0, -".sql".length)));
}

function readMigration(directory: string, tag: string): Migration {
  const up = readFileSync(join(directory, `${tag}.sql`), "utf8");
  const downFile = join(directory, `${tag}.down.sql`);
  return {
    tag,
    up,
    down: existsSync(downFile) ? readFileSync(downFile, "utf8") : undefined,
    hash: createHash("sha256").update(up).digest("hex"),
    asLogin: up.startsWith("-- run as: login"),
  };
}
