import { and, eq, ilike, inArray, or, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { asText } from "@/db/columns";
import { groupMemberships, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type Search, searching } from "@/server/core/pagination";
import type { ListGroupMembers } from "./schema";

const m = groupMemberships;
const adder = alias(users, "adder");

function matching({ id, q }: ListGroupMembers, search: Search): SQL | undefined {
  const names = [asText(users.username), users.displayName];
  return and(
    eq(m.groupId, id),
    q ? searching(search, or(...names.map((name) => ilike(name, containing(q))))) : undefined,
  );
}

/** One page of a group's members by user name, and how many match. */
export async function list(reader: Reader, filter: ListGroupMembers) {
  const { where, orderBy, gatheredBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: { expression: users.username, type: "citext" },
    id: { expression: users.id, type: "uuid" },
    direction: filter.direction ?? "asc",
  });
  const matches = reader.select(one).from(m).innerJoin(users, eq(users.id, m.userId)).where(matching(filter, "few"));
  const total = await countUpTo(reader, matches);
  const rows = reader
    .select({
      id: users.id,
      username: users.username,
      displayName: users.displayName,
      status: users.status,
      addedAt: m.createdAt,
      addedByName: adder.username,
      sortValue,
    })
    .from(m)
    .innerJoin(users, eq(users.id, m.userId))
    .leftJoin(adder, eq(adder.id, m.createdBy))
    .where(and(matching(filter, total.totalIsExact ? "few" : "many"), where))
    // Few members are gathered and sorted; of many, the order of all users soon finds a page.
    .orderBy(total.totalIsExact ? gatheredBy : orderBy)
    .limit(limit);
  return page(rows, total);
}

export async function usersAmong(tx: Tx, ids: readonly string[]) {
  return tx
    .select({ id: users.id, username: users.username, status: users.status })
    .from(users)
    .where(inArray(users.id, [...ids]))
    .orderBy(users.username);
}

interface NewMembers {
  groupId: string;
  userIds: readonly string[];
  by: string | null;
}

/** Adds those who are not in it yet, in the order of their ids: two who add the same people wait, and never for each other. */
export async function insert(tx: Tx, { groupId, userIds, by }: NewMembers): Promise<ReadonlySet<string>> {
  const rows = await tx
    .insert(m)
    .values([...userIds].sort().map((userId) => ({ groupId, userId, createdBy: by })))
    .onConflictDoNothing()
    .returning({ userId: m.userId });
  return new Set(rows.map(({ userId }) => userId));
}

/** @returns whether the user was in it */
export async function remove(tx: Tx, groupId: string, userId: string): Promise<boolean> {
  const rows = await tx
    .delete(m)
    .where(and(eq(m.groupId, groupId), eq(m.userId, userId)))
    .returning({ userId: m.userId });
  return rows.length > 0;
}
