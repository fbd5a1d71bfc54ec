import type { Sql } from "postgres";
import { reserve } from "./reserve";

/** What postgres.js (3.4.9) gives to `onexecute`; not in its types. */
interface Connection {
  /** Called once when the connection ends. */
  onclose: ((error: Error) => void) | null;
  /** Whose it is. Unless `release` says that this is told, it is free again with the transaction's end. */
  reserved: { release?: boolean } | null;
}

/** What PostgreSQL says to every statement after the one that failed; also the code of a commit that was none. */
export const IN_FAILED_TRANSACTION = "25P02";

/** Sends BEGIN and waits for nothing but the end of the connection, which is what the promise rejects with. */
function opened(tx: Sql): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onexecute = (connection: Connection) => {
    connection.onclose = reject;
    if (connection.reserved) connection.reserved.release = false;
    return true;
  };
  const options: object = { onexecute };
  // If it fails, so does every statement after it.
  tx.unsafe("begin", [], options).catch(() => undefined);
  return promise;
}

async function concluded<T>(tx: Sql, work: (tx: Sql) => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work(tx);
  } catch (error) {
    await tx.unsafe("rollback");
    throw error;
  }
  // Where a statement had failed, PostgreSQL answers ROLLBACK and not with an error.
  const { command } = await tx.unsafe("commit");
  if (command !== "COMMIT") {
    throw Object.assign(new Error(`The commit was answered with ${command}`), { code: IN_FAILED_TRANSACTION });
  }
  return result;
}

/**
 * A transaction, as postgres.js's own `begin`, but with fewer round trips: nobody waits for BEGIN before sending what
 * follows, and what `work` sent last without waiting travels with the COMMIT. No savepoints.
 * @throws what `work` threw, CONNECTION_CLOSED, or {@link IN_FAILED_TRANSACTION} when a statement nobody waited for failed
 */
export async function begin<T>(pool: Sql, work: (tx: Sql) => Promise<T>): Promise<T> {
  const tx = await reserve(pool);
  return Promise.race([opened(tx), concluded(tx, work)]);
}
