import type { Query } from "drizzle-orm";
import type { Sql } from "postgres";
import { IN_FAILED_TRANSACTION } from "@/db/begin";
import { getDatabase } from "@/db/client";
import { databaseCode, isConnectionLoss } from "./errors";
import { answered } from "./patience";

type Database = ReturnType<typeof getDatabase>;
export type DrizzleTransaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

interface Connection {
  isLost: boolean;
  /** Of the first statement that failed. */
  failure?: unknown;
}

const lost = () => Object.assign(new Error("The transaction's connection is gone"), { code: "CONNECTION_CLOSED" });

/** Drizzle keeps the transaction's own postgres.js client here; its types do not show it. */
const clientOf = (tx: DrizzleTransaction): Sql => (tx as unknown as { session: { client: Sql } }).session.client;

/**
 * Notices the loss before anybody who waits for the statement, and sends nothing after it. Prepares what has parameters:
 * as Drizzle sends them, each would be parsed and planned anew, and take a round trip more to ask for their types.
 */
function watchStatements(tx: DrizzleTransaction, connection: Connection): void {
  const client = clientOf(tx);
  const send = client.unsafe;
  client.unsafe = (text: string, parameters?: Parameters<typeof send>[1], options?: Parameters<typeof send>[2]) => {
    if (connection.isLost) throw lost();
    const query = send(text, parameters, { ...options, prepare: true });
    query.catch((error: unknown) => {
      connection.isLost ||= isConnectionLoss(error);
      connection.failure ??= error;
    });
    return query as never;
  };
}

/**
 * Sends a statement at once and waits for nothing: it shares a round trip with the next one, or with the commit, which
 * does not happen if it fails. Drizzle's own statements leave a moment after they are made, so none may be under way.
 */
export function send(tx: DrizzleTransaction, { sql, params }: Query): void {
  clientOf(tx).unsafe(sql, params as Parameters<Sql["unsafe"]>[1]);
}

/** Never settles, so that postgres.js sends neither its commit nor its rollback; the connection's end settles the rest. */
const nothingMore = () => new Promise<never>(() => undefined);

/**
 * Runs `work` in one transaction on one connection. When that is lost, postgres.js (3.4.9) would go on sending to it:
 * its rollback ends the process, and if the connection was opened again in the meantime, the statements and the commit
 * of the dead transaction run in somebody else's (porsager/postgres#1208, #1216). So once it is lost, or was given up,
 * nothing more is sent.
 */
export async function inTransaction<T>(work: (tx: DrizzleTransaction) => Promise<T>): Promise<T> {
  const connection: Connection = { isLost: false };
  const done = getDatabase().transaction(async (tx) => {
    watchStatements(tx, connection);
    try {
      const result = await work(tx);
      return connection.isLost ? nothingMore() : result;
    } catch (error) {
      if (connection.isLost || isConnectionLoss(error)) return nothingMore();
      throw error;
    }
  });
  try {
    return await answered(done);
  } catch (error) {
    // Also when it was only given up: what the caller was told has failed must not be done a moment later.
    connection.isLost = true;
    // Of statements sent together, another may be heard before the one that is to blame.
    throw databaseCode(error) === IN_FAILED_TRANSACTION ? (connection.failure ?? error) : error;
  }
}
