import { and, eq, ilike, isNull, or, type SQL, sql } from "drizzle-orm";
// Inside a subquery of a selected column, columns of the outer table are written out: Drizzle would leave their table off.
import { asText } from "@/db/columns";
import { enrolmentTokens, groupMemberships, groups, policies, policyTargets, policyTests } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { groupDirection, type ListGroups } from "./schema";

const columns = {
  id: groups.id,
  name: groups.name,
  description: groups.description,
  deviceLimit: groups.deviceLimit,
  isSystem: groups.isSystem,
  members: sql<number>`(select count(*)::int from group_memberships m where m.group_id = groups.id)`,
  policies: sql<number>`(select count(*)::int from policy_targets t join policies p on p.id = t.policy_id where t.target_type = 'group' and t.target_id = groups.id and p.deleted_at is null)`,
  tokens: sql<number>`(select count(*)::int from enrolment_tokens t where t.group_id = groups.id and t.revoked_at is null and t.expires_at > now() and t.usage_current < t.usage_limit)`,
  createdAt: groups.createdAt,
  updatedAt: groups.updatedAt,
};

const isThere = isNull(groups.deletedAt);
const byId = (id: string): SQL | undefined => and(eq(groups.id, id), isThere);

const sortKeys: Record<ListGroups["sort"], SortKey> = {
  name: { expression: groups.name, type: "citext" },
  createdAt: { expression: groups.createdAt, type: "timestamptz" },
};

function matching({ q, member }: ListGroups): SQL | undefined {
  return and(
    isThere,
    q ? or(ilike(asText(groups.name), containing(q)), ilike(groups.description, containing(q))) : undefined,
    member
      ? sql`exists (select 1 from group_memberships m where m.group_id = groups.id and m.user_id = ${member})`
      : undefined,
  );
}

export async function list(reader: Reader, filter: ListGroups) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: groups.id, type: "uuid" },
    direction: groupDirection(filter),
  });
  const matched = matching(filter);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(groups)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(groups).where(matched)));
}

/** Every group, or the first of very many, to choose from. */
export async function options(reader: Reader) {
  const label = { id: groups.id, name: groups.name, isSystem: groups.isSystem };
  return reader.select(label).from(groups).where(isThere).orderBy(groups.name).limit(1000);
}

export async function get(reader: Reader | Tx, id: string) {
  const [group] = await reader.select(columns).from(groups).where(byId(id));
  return group;
}

/** The first hundred policies that name the group, in the order they are looked at. */
export async function policiesOf(reader: Reader, id: string) {
  return reader
    .select({
      id: policies.id,
      name: policies.name,
      effect: policies.effect,
      isActive: policies.isActive,
      isExcluded: policyTargets.isExcluded,
    })
    .from(policyTargets)
    .innerJoin(policies, eq(policies.id, policyTargets.policyId))
    .where(and(eq(policyTargets.targetType, "group"), eq(policyTargets.targetId, id), isNull(policies.deletedAt)))
    .orderBy(policies.priority, policies.id)
    .limit(100);
}

/**
 * The group, kept as it is until the transaction ends: "key share" lets others add members and rename it, and holds its
 * removal up, which takes "update".
 */
export async function lock(tx: Tx, id: string, strength: "key share" | "no key update" | "update") {
  const [group] = await tx.select().from(groups).where(byId(id)).for(strength);
  return group;
}

export async function insert(tx: Tx, values: typeof groups.$inferInsert): Promise<string> {
  const [row] = await tx.insert(groups).values(values).returning({ id: groups.id });
  if (!row) throw new Error("The group was not inserted");
  return row.id;
}

export async function update(tx: Tx, id: string, values: Partial<typeof groups.$inferInsert>): Promise<void> {
  await tx.update(groups).set(values).where(eq(groups.id, id));
}

/** The row stays, for the log; whatever refers to it does not, so that nothing reads access from a group that is gone. */
export async function remove(tx: Tx, id: string, by: string | null): Promise<void> {
  await tx.delete(groupMemberships).where(eq(groupMemberships.groupId, id));
  await tx.delete(policyTargets).where(and(eq(policyTargets.targetType, "group"), eq(policyTargets.targetId, id)));
  await tx
    .update(policyTests)
    .set({ isActive: false })
    .where(and(eq(policyTests.sourceType, "group"), eq(policyTests.sourceId, id)));
  await tx.update(enrolmentTokens).set({ groupId: null }).where(eq(enrolmentTokens.groupId, id));
  await tx.update(groups).set({ deletedAt: sql`now()`, updatedBy: by }).where(eq(groups.id, id));
}
