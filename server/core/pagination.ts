import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import type { Reader } from "./database";
import { AppError } from "./errors";
import type { Page } from "./page";

/** Counting stops here: beyond it a total is "more than", which costs nothing however long the table is. */
const COUNT_LIMIT = 10_000;

type Total = Pick<Page<never>, "total" | "totalIsExact">;

/** What to select from all that matches, when only their number is wanted. */
export const one = { one: sql`1` };

/** How many rows a query has, as far as counting goes. */
export async function countUpTo(reader: Pick<Reader, "execute">, matches: SQLWrapper): Promise<Total> {
  const [row] = await reader.execute<{ count: number }>(
    sql`select count(*)::int as count from (${matches} limit ${COUNT_LIMIT + 1}) matches`,
  );
  const count = row?.count ?? 0;
  return { total: Math.min(count, COUNT_LIMIT), totalIsExact: count <= COUNT_LIMIT };
}

/** Whether a search matches few rows, which an index finds, or so many that walking the list's order finds a page sooner. */
export type Search = "few" | "many";

/**
 * The condition of a search. Below row-level security the planner takes every search for a rare one and gathers all
 * it matches; wrapped like this, what matches many is out of the reach of its index and counts as half of the table.
 */
export const searching = (search: Search, condition: SQL | undefined): SQL | undefined =>
  search === "many" ? sql`coalesce(${condition}, false)` : condition;

/** What a list may be sorted by: an expression that is never null, indexed together with the id. */
export interface SortKey {
  expression: PgColumn | SQL;
  type: "timestamptz" | "citext" | "text" | "int4" | "int8" | "inet";
}

const Cursor = z.object({ value: z.string(), id: z.string(), isBackward: z.boolean() });
type Cursor = z.infer<typeof Cursor>;

function decodeCursor(text: string | undefined): Cursor | undefined {
  if (!text) return undefined;
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (cause) {
    throw new AppError("malformed", "The page address is not valid. Start again from the first page.", { cause });
  }
}

const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString("base64url");

interface KeysetOptions {
  sort: SortKey;
  id: { expression: PgColumn | SQL; type: "uuid" | "int8" };
  direction: "asc" | "desc";
  cursor?: string | undefined;
  size: number;
}

/** Keyset paging: the SQL pieces of one page, and `page()` to make one of the rows they find and the total. */
export function keyset({ sort, id, direction, cursor: text, size }: KeysetOptions) {
  const cursor = decodeCursor(text);
  const isBackward = cursor?.isBackward ?? false;
  const isAscending = (direction === "asc") !== isBackward;
  const order = isAscending ? sql`asc` : sql`desc`;
  const compare = isAscending ? sql`>` : sql`<`;
  const after = cursor
    ? sql`(${sort.expression}, ${id.expression}) ${compare} (${cursor.value}::${sql.identifier(sort.type)}, ${cursor.id}::${sql.identifier(id.type)})`
    : undefined;

  async function page<Row extends { id: unknown; sortValue: string }>(
    rowsFound: PromiseLike<Row[]>,
    counted: Total | Promise<Total>,
  ): Promise<Page<Row>> {
    const [found, total] = await Promise.all([rowsFound, counted]);
    const hasMore = found.length > size;
    const cut = found.slice(0, size);
    const rows = isBackward ? cut.reverse() : cut;
    const [first, last] = [rows[0], rows.at(-1)];
    const hasNext = isBackward ? true : hasMore;
    const hasPrevious = isBackward ? hasMore : cursor !== undefined;
    const at = (row: Row, backward: boolean) =>
      encodeCursor({ value: row.sortValue, id: String(row.id), isBackward: backward });
    return {
      ...total,
      rows,
      nextCursor: hasNext && last ? at(last, false) : null,
      previousCursor: hasPrevious && first ? at(first, true) : null,
    };
  }

  return {
    where: after,
    orderBy: sql`${sort.expression} ${order}, ${id.expression} ${order}`,
    /** The same order out of its index's reach, for few rows: walking to them would read the table to its end. */
    gatheredBy: sql`coalesce(${sort.expression}, ${sort.expression}) ${order}, ${id.expression} ${order}`,
    /** Select this as `sortValue`: the exact text of the sort key, which a JavaScript date would round. */
    sortValue: sql<string>`(${sort.expression})::text`,
    /** One more than a page, to know whether another follows. */
    limit: size + 1,
    page,
  };
}

/** `%text%` for ILIKE, with the pattern characters of the text taken literally. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
