import type { PendingQuery, Row, Sql } from "postgres";

/** What postgres.js (3.4.9) gives to `onexecute`; not in its types. */
interface Connection {
  /** Called once when the connection ends. */
  onclose: ((error: Error) => void) | null;
  /** Whose it is. Unless `release` says that this is told, it is free again with the transaction's end. */
  reserved: { release?: boolean } | null;
}

/** Statements of one transaction, and the first that failed: whoever did not wait for it gets no commit. */
interface Statements {
  sql: Sql;
  failure: unknown;
}

function watched(sql: Sql): Statements {
  const statements: Statements = { sql, failure: undefined };
  const send = sql.unsafe;
  sql.unsafe = (text: string, parameters?: Parameters<typeof send>[1], options?: Parameters<typeof send>[2]) => {
    const query = send(text, parameters, options);
    // This also sends it: in the order of the calls, and without waiting for the answer to the one before.
    query.catch((error: unknown) => {
      statements.failure ??= error;
    });
    return query as never;
  };
  return statements;
}

async function concluded<T>(statements: Statements, work: (tx: Sql) => Promise<T>): Promise<T> {
  const { sql } = statements;
  let result: T;
  try {
    result = await work(sql);
  } catch (error) {
    await sql.unsafe("rollback");
    throw error;
  }
  // PostgreSQL answers ROLLBACK, and not with an error, where a statement had failed.
  const { command } = await sql.unsafe("commit");
  if (command !== "COMMIT") throw statements.failure ?? new Error(`The commit was answered with ${command}`);
  return result;
}

/**
 * A transaction, as postgres.js's own `begin`, but with fewer round trips: nobody waits for BEGIN before sending what
 * follows, and what `work` sent last without waiting travels with the COMMIT. No savepoints.
 * @throws what `work` threw, the first failure of a statement, or CONNECTION_CLOSED
 */
export async function begin<T>(pool: Sql, work: (tx: Sql) => Promise<T>): Promise<T> {
  const statements = watched(await pool.reserve());
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const onexecute = (connection: Connection) => {
    connection.onclose = reject;
    if (connection.reserved) connection.reserved.release = false;
    return true;
  };
  const options: object = { onexecute };
  statements.sql.unsafe("begin", [], options) satisfies PendingQuery<Row[]>;
  return Promise.race([concluded(statements, work), lost]);
}
