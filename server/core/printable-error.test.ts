import { DrizzleQueryError } from "drizzle-orm/errors";
import { describe, expect, it } from "vitest";
import { AppError, databaseCode, toAppError, violatedConstraint } from "./errors";
import { printable } from "./printable-error";

const SECRET = "the secret";
const STATEMENT = 'insert into "users" values ($1)';

function failed(): DrizzleQueryError {
  const row = { code: "23514", severity: "ERROR", constraint_name: "users_check", detail: `Failing row: ${SECRET}` };
  const cause = Object.assign(new Error('violates check constraint "users_check"'), row);
  return new DrizzleQueryError(STATEMENT, [SECRET, `${SECRET}\n    at a line of its own`], cause);
}

/** Everything reachable from an error that a log or an inspector could show. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) => `${name}: ${Reflect.get(error, name)}`);
  return [...own, everything(error.cause)].join("\n");
}

describe("an error of a database statement", () => {
  it("is written down without the statement's values and the row that was refused", () => {
    expect(everything(failed())).toContain(SECRET);
    expect(everything(printable(failed()))).not.toContain(SECRET);
    expect(everything(toAppError(failed()))).not.toContain(SECRET);
    expect(everything(printable(new Error("outer", { cause: failed() })))).not.toContain(SECRET);
  });

  it("keeps what names the fault: statement, stack, code and constraint", () => {
    const shown = printable(failed());
    expect(everything(shown)).toContain(STATEMENT);
    expect(everything(shown)).toContain("printable-error.test");
    expect([databaseCode(shown), violatedConstraint(shown)]).toEqual(["23514", "users_check"]);
  });
});

it("leaves every other error as it is", () => {
  for (const error of [new Error("plain"), new AppError("conflict"), "text", undefined]) {
    expect(printable(error)).toBe(error);
  }
});
