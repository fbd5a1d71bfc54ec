import { and, eq, ilike, isNull, or, type SQL, sql } from "drizzle-orm";
import { policies, policyDestinations, policyTargets } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { type ListPolicies, type PolicyFields, policyDirection } from "./schema";

const p = policies;

interface StoredTarget {
  type: PolicyFields["targets"][number]["type"];
  id: string | null;
  isExcluded: boolean;
}

const columns = {
  id: p.id,
  name: p.name,
  description: p.description,
  priority: p.priority,
  effect: p.effect,
  isActive: p.isActive,
  fullTunnel: p.fullTunnel,
  startsAt: p.startsAt,
  endsAt: p.endsAt,
  targets: sql<
    StoredTarget[]
  >`coalesce((select json_agg(json_build_object('type', t.target_type, 'id', t.target_id, 'isExcluded', t.is_excluded) order by t.is_excluded, t.target_type, t.created_at, t.id) from policy_targets t where t.policy_id = policies.id), '[]')`,
  destinationCount: sql<number>`(select count(*)::int from policy_destinations d where d.policy_id = policies.id)`,
  createdAt: p.createdAt,
  updatedAt: p.updatedAt,
};

const sortKeys: Record<ListPolicies["sort"], SortKey> = {
  priority: { expression: p.priority, type: "int4" },
  name: { expression: p.name, type: "text" },
  createdAt: { expression: p.createdAt, type: "timestamptz" },
};

const matching = ({ q, effect }: ListPolicies): SQL | undefined =>
  and(
    isNull(p.deletedAt),
    q ? or(ilike(p.name, containing(q)), ilike(p.description, containing(q))) : undefined,
    effect ? eq(p.effect, effect) : undefined,
  );

export async function list(reader: Reader, filter: ListPolicies) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: p.id, type: "uuid" },
    direction: policyDirection(filter),
  });
  const matched = matching(filter);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(p)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(p).where(matched)));
}

export async function get(reader: Reader | Tx, id: string) {
  const [policy] = await reader
    .select(columns)
    .from(p)
    .where(and(eq(p.id, id), isNull(p.deletedAt)));
  return policy;
}

export async function destinations(reader: Reader | Tx, id: string) {
  const d = policyDestinations;
  const rows = await reader
    .select({
      network: d.destination,
      protocol: d.protocol,
      from: d.portFrom,
      to: d.portTo,
      description: d.description,
    })
    .from(d)
    .where(eq(d.policyId, id))
    .orderBy(d.destination, d.protocol, d.portFrom, d.id);
  return rows.map(({ from, to, ...row }) => ({ ...row, ports: from === null || to === null ? null : { from, to } }));
}

/** One save after the other: what each checks must still hold when it commits. */
export async function serialise(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('network policies', 0))`);
}

const valuesOf = ({ targets: _, destinations: __, startsAt, endsAt, ...values }: PolicyFields) => ({
  ...values,
  startsAt: startsAt === null ? null : new Date(startsAt),
  endsAt: endsAt === null ? null : new Date(endsAt),
});

async function insertParts(tx: Tx, policyId: string, { targets, destinations }: PolicyFields): Promise<void> {
  if (targets.length > 0) {
    const rows = targets.map(({ type, id, isExcluded }) => ({ policyId, targetType: type, targetId: id, isExcluded }));
    await tx.insert(policyTargets).values(rows);
  }
  if (destinations.length > 0) {
    const rows = destinations.map(({ network, protocol, ports, description }) => ({
      ...{ policyId, destination: network, protocol, description },
      ...{ portFrom: ports?.from ?? null, portTo: ports?.to ?? null },
    }));
    await tx.insert(policyDestinations).values(rows);
  }
}

export async function insert(tx: Tx, fields: PolicyFields, made: { id: string; createdBy: string | null }) {
  await tx.insert(p).values({ ...valuesOf(fields), ...made });
  await insertParts(tx, made.id, fields);
}

export async function update(tx: Tx, id: string, fields: PolicyFields): Promise<void> {
  await tx.update(p).set(valuesOf(fields)).where(eq(p.id, id));
  await tx.delete(policyTargets).where(eq(policyTargets.policyId, id));
  await tx.delete(policyDestinations).where(eq(policyDestinations.policyId, id));
  await insertParts(tx, id, fields);
}

/** Its targets and destinations stay, for whoever looks into the past. */
export async function remove(tx: Tx, id: string): Promise<void> {
  await tx.update(p).set({ deletedAt: sql`now()` }).where(eq(p.id, id));
}
