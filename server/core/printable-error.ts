/** PostgreSQL's words about an error that name things of ours; its `detail` and `where` quote rows. */
const NAMES = ["code", "severity", "constraint_name", "table_name", "column_name", "routine"] as const;
/** Drizzle appends the statement's values to its message after this. */
const VALUES = "\nparams: ";

const isOfStatement = (error: unknown): boolean =>
  error instanceof Error && ("params" in error || "severity" in error || isOfStatement(error.cause));

/**
 * An error as it may be written down. One of a database statement loses the values the statement carried and the row
 * a constraint refused, for those are passwords' hashes, tokens and people's data; any other stays as it is.
 */
export function printable(error: unknown): unknown {
  if (!(error instanceof Error) || !isOfStatement(error)) return error;
  const [message = ""] = error.message.split(VALUES);
  const copy = new Error(message, error.cause === undefined ? {} : { cause: printable(error.cause) });
  copy.name = error.constructor.name;
  copy.stack = `${copy.name}: ${message}${framesOf(error)}`;
  for (const name of NAMES) if (name in error) Object.assign(copy, { [name]: Reflect.get(error, name) });
  return copy;
}

/** The stack without the message it starts with, which holds the values again. */
function framesOf({ stack = "", message }: Error): string {
  const at = stack.indexOf(message);
  return at === -1 ? "" : stack.slice(at + message.length);
}
