import { getSql } from "@/db/client";
import { type Actor, personOf } from "./actor";
import { answered } from "./patience";
import { type DrizzleTransaction, inTransaction, send } from "./transaction";

declare const writes: unique symbol;

/** A transaction that may write. Only `command()` mints one; a repo's writes demand it. */
export type Tx = DrizzleTransaction & { readonly [writes]: true };

/** A read-only transaction: no insert, update, delete or nested transaction, in the types and in PostgreSQL. */
export type Reader = Pick<
  DrizzleTransaction,
  "select" | "selectDistinct" | "selectDistinctOn" | "$with" | "with" | "$count"
> & {
  execute: DrizzleTransaction["execute"];
};

/** Whose rows row-level security lets through: one's own, everyone's for permission-checked work, or the system's. */
export type Scope = "self" | "admin" | "system";

export interface RowContext {
  readonly scope: Scope;
  readonly userId: string | null;
}

export function rowContext(actor: Actor, scope: Scope): RowContext {
  return { scope, userId: personOf(actor) };
}

const ENTER = "select enter_scope($1, $2)";

// What a list looks for decides how it is best found: its plan is made for it, not for lists in general.
const ENTER_TO_READ = `${ENTER}, set_config('transaction_read_only', 'on', true), set_config('plan_cache_mode', 'force_custom_plan', true)`;

/** Runs `work` in one writing transaction under the row-level-security context. For `command()` and the kernel only. */
export function transact<T>({ scope, userId }: RowContext, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction((tx) => {
    send(tx, { sql: ENTER, params: [scope, userId] });
    return work(tx as Tx);
  });
}

// Has to be the first statement: with it the snapshot is taken once, and not for each that follows.
const ONE_SNAPSHOT = "set transaction isolation level repeatable read";

interface ReadContext extends RowContext {
  /** Whether all statements see the same moment. */
  readonly isSnapshot?: boolean;
}

/** Runs `work` in one read-only transaction under the row-level-security context. */
export function read<T>({ scope, userId, isSnapshot }: ReadContext, work: (reader: Reader) => Promise<T>): Promise<T> {
  return inTransaction((tx) => {
    if (isSnapshot) send(tx, { sql: ONE_SNAPSHOT, params: [] });
    send(tx, { sql: ENTER_TO_READ, params: [scope, userId] });
    return work(tx);
  });
}

/** Throws unless the database answers. */
export async function ping(): Promise<void> {
  await answered(getSql()`select 1`);
}
