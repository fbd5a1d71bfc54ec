import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Who may open the database without a scope, and why that is safe. */
const allowed: Record<string, string> = {
  "server/core/database.ts": "makes the scoped transactions; asks `select 1` besides",
  "server/core/transaction.ts": "runs them",
  "server/core/patience.ts": "replaces a pool that is lost",
  "server/core/announcements.ts": "listens to what triggers and commands announce, and reads nothing",
  "server/core/attempts.ts": "counts attempts in a table without people",
  "server/core/rate-limit.ts": "counts attempts in a table without people",
  "server/main.ts": "opens and closes the pool",
  "server/modules/api-keys/authority.repo.ts": "authority_* functions",
  "server/modules/devices/authority.repo.ts": "authority_* functions",
  "server/modules/sessions/authority.repo.ts": "authority_* functions",
  "server/modules/sessions/sign-in-authority.repo.ts": "authority_* functions",
};

const files = globSync("{app,components,server}/**/*.{ts,tsx}").filter(
  (file) => !/\.test\.tsx?$|^server\/testing\//.test(file),
);
const textOf = (file: string) => readFileSync(file, "utf8");

describe("T22: the database without a scope", () => {
  it("is in the hands of a few files of the kernel and of the four that ask before anybody is known", () => {
    const opens = /^import (?!type )[^;]* from "(?:@\/db\/client|[./]+\/db\/client|postgres)"/m;
    expect(files.filter((file) => opens.test(textOf(file))).toSorted()).toEqual(Object.keys(allowed).toSorted());
  });

  it("is asked nothing but authority functions there", () => {
    const authorities = files.filter((file) => file.endsWith("authority.repo.ts"));
    expect(authorities).toHaveLength(4);
    for (const file of authorities) {
      const statements = textOf(file).match(/getSql\(\)[^`]*`[^`]*`/g) ?? [];
      expect(statements.length).toBeGreaterThan(0);
      for (const statement of statements) {
        expect(statement).toMatch(/`select (?:[a-z*, ]+ from )?authority_[a-z_]+\([^)]/);
        expect(statement).not.toMatch(/\b(?:insert|update|delete|join)\b/i);
      }
    }
  });
});
