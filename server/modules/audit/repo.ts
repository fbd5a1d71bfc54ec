import { and, eq, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { auditLogs, devices, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one } from "@/server/core/pagination";
import type { ListAudit } from "./schema";

const a = auditLogs;
const actor = alias(users, "actor");
const subject = alias(users, "subject");
const actorDevice = alias(devices, "actor_device");

/** The name of what it happened to as it is called now; what was is in the changes. */
const entityName = sql<string | null>`case
  when ${a.entityType} in ('device', 'device-key') then (select d.name from devices d where d.id::text = ${a.entityId})
  when ${a.entityType} in ('user', 'role', 'setup') then (select u.username::text from users u where u.id::text = ${a.entityId})
  when ${a.entityType} = 'session' then (select u.username::text from users u where u.id = ${a.userId})
  when ${a.entityType} = 'group' then (select g.name::text from groups g where g.id::text = ${a.entityId})
  when ${a.entityType} = 'tag' then (select g.name::text from tags g where g.id::text = ${a.entityId})
  when ${a.entityType} = 'api-key' then (select k.name from api_keys k where k.id::text = ${a.entityId})
  when ${a.entityType} = 'gateway' then (select w.name from gateways w where w.id::text = ${a.entityId})
  when ${a.entityType} = 'address' then coalesce(
    (select host(i.address) from ip_allocations i where i.id::text = ${a.entityId}),
    (select p.cidr::text from ip_pools p where p.id::text = ${a.entityId}))
  when ${a.entityType} = 'pool' then (select p.cidr::text from ip_pools p where p.id::text = ${a.entityId})
  when ${a.entityType} = 'enrolment-token' then (select t.name from enrolment_tokens t where t.id::text = ${a.entityId})
end`;

/** A program is called by its key, with the owner it acted for. */
const actorName = sql<string | null>`case
  when ${a.actorKind} = 'api_key' then concat(${a.metadata} #>> '{apiKey,name}', ' (', ${actor.username}, ')')
  else coalesce(${actor.username}::text, ${actorDevice.name})
end`;

const columns = {
  id: a.id,
  sequence: a.sequence,
  createdAt: a.createdAt,
  event: a.eventType,
  status: a.status,
  actorKind: a.actorKind,
  actorId: sql<string | null>`coalesce(${a.actorUserId}, ${a.actorDeviceId})`,
  actorName,
  entityType: a.entityType,
  entityId: a.entityId,
  entityName,
  userId: a.userId,
  userName: subject.username,
  ipAddress: a.ipAddress,
  userAgent: a.userAgent,
  source: a.source,
  message: a.message,
  changes: a.changes,
  metadata: a.metadata,
  requestId: a.requestId,
};

type AuditFilter = Omit<ListAudit, "sort" | "direction"> & Partial<Pick<ListAudit, "direction">>;

function matching({ q, event, status, actorKind, userId, entityId }: AuditFilter): SQL | undefined {
  return and(
    event ? eq(a.eventType, event) : undefined,
    status ? eq(a.status, status) : undefined,
    actorKind ? eq(a.actorKind, actorKind) : undefined,
    userId ? or(eq(a.actorUserId, userId), eq(a.userId, userId)) : undefined,
    entityId ? eq(a.entityId, entityId) : undefined,
    q ? searching(q) : undefined,
  );
}

/** An address or id exactly, or part of a person's or device's name: what needs no reading of the whole log. */
function searching(q: string): SQL {
  const named = sql`(select u.id from users u where u.username::text ilike ${containing(q)})`;
  const byPerson = sql`${a.actorUserId} in ${named} or ${a.userId} in ${named}`;
  const bySubject = sql`${a.entityId} in (select d.id::text from devices d where d.name ilike ${containing(q)})`;
  return sql`(${byPerson} or ${bySubject} or ${a.entityId} = ${q} or host(${a.ipAddress}) = ${q} or ${a.requestId} = ${q} or ${a.eventType} = ${q})`;
}

export async function list(reader: Reader, filter: AuditFilter) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: { expression: a.createdAt, type: "timestamptz" },
    id: { expression: a.id, type: "uuid" },
    direction: filter.direction ?? "desc",
  });
  const matched = matching(filter);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(a)
    .leftJoin(actor, eq(actor.id, a.actorUserId))
    .leftJoin(subject, eq(subject.id, a.userId))
    .leftJoin(actorDevice, eq(actorDevice.id, a.actorDeviceId))
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(a).where(matched)));
}

/** Makes what is kept by the month ready for this month and the next ones. */
export async function ensurePartitions(tx: Tx, monthsAhead: number): Promise<void> {
  await tx.execute(sql`select ensure_partitions(${monthsAhead})`);
}
