import { type SQL, sql } from "drizzle-orm";
import { type AnyPgColumn, customType, type ExtraConfigColumn, index, timestamp, uuid } from "drizzle-orm/pg-core";

/** Case-insensitive text of the `citext` extension. */
export const citext = customType<{ data: string }>({ dataType: () => "citext" });

/** Raw bytes. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** The conventional primary key: a random uuid made by the database. */
export const id = () => uuid("id").primaryKey().defaultRandom();

/**
 * A moment in UTC. Milliseconds, because that is what a JavaScript `Date` holds: a keyset cursor that went through one
 * still equals the row it came from.
 */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date", precision: 3 });

export const createdAt = () => moment("created_at").notNull().defaultNow();

/** For tables that can change. A trigger keeps `updated_at`; whatever a statement writes there is overruled. */
export const timestamps = () => ({ createdAt: createdAt(), updatedAt: moment("updated_at").notNull().defaultNow() });

/**
 * A GIN trigram index, which serves `ilike '%…%'` of three letters and more.
 * On a `citext` column it serves `column::text ilike …` only: see {@link asText}.
 */
export const trigram = (name: string, column: ExtraConfigColumn) => index(name).using("gin", column.op("gin_trgm_ops"));

/**
 * A moment that may never have been, sorted before all others, as `coalesce(column, '-infinity'::timestamptz)`.
 * The indexes are over exactly this expression, which a keyset cursor can compare with: it is never null.
 */
export const neverFirst = (column: AnyPgColumn | ExtraConfigColumn): SQL =>
  sql`coalesce(${column}, '-infinity'::timestamptz)`;

/** A `citext` column as text, so that `ilike` finds the column's trigram index (citext's own operator has none). */
export const asText = (column: AnyPgColumn): SQL<string> => sql<string>`${column}::text`;
