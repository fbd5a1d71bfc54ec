import { and, eq, gt, ilike, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { EnrolmentOutcome } from "@/db/enums";
import { devices, enrolmentTokens, enrolmentTokenTags, enrolmentTokenUses, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { type ListEnrolmentTokens, tokenDirection } from "./schema";

const t = enrolmentTokens;
const owner = alias(users, "owner");
const creator = alias(users, "creator");

const isExhausted = sql`${t.usageCurrent} >= ${t.usageLimit}`;
const state = sql<
  "usable" | "expired" | "exhausted" | "revoked"
>`case when ${t.revokedAt} is not null then 'revoked' when ${isExhausted} then 'exhausted' when ${t.expiresAt} <= now() then 'expired' else 'usable' end`;

const columns = {
  id: t.id,
  name: t.name,
  state,
  expiresAt: t.expiresAt,
  usageLimit: t.usageLimit,
  usageCurrent: t.usageCurrent,
  requireApproval: t.requireApproval,
  ownerName: owner.username,
  createdByName: creator.username,
  allowedCidrs: t.allowedCidrs,
  onHardwareMatch: t.onHardwareMatch,
  ephemeralTtlS: t.ephemeralTtlS,
  tags: sql<
    { id: string; name: string; color: string }[]
  >`coalesce((select json_agg(json_build_object('id', g.id, 'name', g.name, 'color', g.color) order by g.name) from enrolment_token_tags et join tags g on g.id = et.tag_id where et.enrolment_token_id = enrolment_tokens.id), '[]')`,
  revokedAt: t.revokedAt,
  lastUsedAt: t.lastUsedAt,
  createdAt: t.createdAt,
};

const sortKeys: Record<ListEnrolmentTokens["sort"], SortKey> = {
  createdAt: { expression: t.createdAt, type: "timestamptz" },
  expiresAt: { expression: t.expiresAt, type: "timestamptz" },
  name: { expression: t.name, type: "text" },
};

const inState: Record<NonNullable<ListEnrolmentTokens["state"]>, SQL | undefined> = {
  revoked: sql`${t.revokedAt} is not null`,
  exhausted: and(isNull(t.revokedAt), isExhausted),
  expired: and(isNull(t.revokedAt), sql`not ${isExhausted}`, lte(t.expiresAt, sql`now()`)),
  usable: and(isNull(t.revokedAt), sql`not ${isExhausted}`, gt(t.expiresAt, sql`now()`)),
};

function matching({ q, state: wanted }: ListEnrolmentTokens): SQL | undefined {
  return and(eq(t.kind, "device"), q ? ilike(t.name, containing(q)) : undefined, wanted ? inState[wanted] : undefined);
}

const selected = (reader: Reader | Tx, sortValue: SQL<string>) =>
  reader
    .select({ ...columns, sortValue })
    .from(t)
    .leftJoin(owner, eq(owner.id, t.ownerUserId))
    .leftJoin(creator, eq(creator.id, t.createdBy));

export async function list(reader: Reader, filter: ListEnrolmentTokens) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: t.id, type: "uuid" },
    direction: tokenDirection(filter),
  });
  const matched = matching(filter);
  const rows = selected(reader, sortValue).where(and(matched, where)).orderBy(orderBy).limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(t).where(matched)));
}

export async function get(reader: Reader | Tx, id: string) {
  const [token] = await selected(reader, sql`''`).where(eq(t.id, id));
  return token;
}

export async function uses(reader: Reader, id: string) {
  return reader
    .select({
      id: enrolmentTokenUses.id,
      deviceId: enrolmentTokenUses.deviceId,
      deviceName: devices.name,
      ipAddress: enrolmentTokenUses.ipAddress,
      outcome: enrolmentTokenUses.outcome,
      createdAt: enrolmentTokenUses.createdAt,
    })
    .from(enrolmentTokenUses)
    .leftJoin(devices, eq(devices.id, enrolmentTokenUses.deviceId))
    .where(eq(enrolmentTokenUses.enrolmentTokenId, id))
    .orderBy(sql`${enrolmentTokenUses.createdAt} desc`)
    .limit(100);
}

/** Networks as PostgreSQL wants them: 10.1.2.3/8 is 10.0.0.0/8. */
const networks = (cidrs: readonly string[]): SQL =>
  sql`array(select network(c::inet)::cidr from unnest(${sql.param([...cidrs])}::text[]) c)`;

type NewToken = Omit<typeof t.$inferInsert, "allowedCidrs"> & { allowedCidrs: readonly string[] };

export async function insert(tx: Tx, values: NewToken, tagIds: readonly string[]): Promise<string> {
  const [row] = await tx
    .insert(t)
    .values({ ...values, allowedCidrs: networks(values.allowedCidrs) })
    .returning({ id: t.id });
  if (!row) throw new Error("The token was not inserted");
  if (tagIds.length > 0) {
    await tx.insert(enrolmentTokenTags).values(tagIds.map((tagId) => ({ enrolmentTokenId: row.id, tagId })));
  }
  return row.id;
}

export async function revoke(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .update(t)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(t.id, id), isNull(t.revokedAt)))
    .returning({ id: t.id });
  return rows.length > 0;
}

/** Revokes what could still be used of a gateway's tokens. @returns their ids */
export async function revokeOf(tx: Tx, gatewayId: string): Promise<string[]> {
  const rows = await tx
    .update(t)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(t.gatewayId, gatewayId), inState.usable))
    .returning({ id: t.id });
  return rows.map(({ id }) => id);
}

const byHmac = (hmacs: readonly Buffer[]): SQL => inArray(t.tokenHmac, [...hmacs]);

/** The token whichever pepper it was stored under, whatever its state. */
export async function find(tx: Tx, hmacs: readonly Buffer[]) {
  const [token] = await tx
    .select({
      id: t.id,
      name: t.name,
      state,
      kind: t.kind,
      gatewayId: t.gatewayId,
      requireApproval: t.requireApproval,
      ownerUserId: t.ownerUserId,
      allowedCidrs: t.allowedCidrs,
      onHardwareMatch: t.onHardwareMatch,
    })
    .from(t)
    .where(byHmac(hmacs));
  return token;
}

/** Whether the address is in one of the token's networks; no networks means anywhere. */
export async function allowsAddress(tx: Tx, id: string, ip: string | null): Promise<boolean> {
  const [row] = await tx
    .select({ isAllowed: sql<boolean>`(cardinality(${t.allowedCidrs}) = 0 or ${ip}::inet <<= any(${t.allowedCidrs}))` })
    .from(t)
    .where(eq(t.id, id));
  return row?.isAllowed ?? false;
}

/** Takes one use, if there is one: the guarded statement that makes limits exact under any concurrency. */
export async function takeUse(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .update(t)
    .set({ usageCurrent: sql`${t.usageCurrent} + 1`, lastUsedAt: sql`now()` })
    .where(and(eq(t.id, id), isNull(t.revokedAt), gt(t.expiresAt, sql`now()`), sql`not ${isExhausted}`))
    .returning({ id: t.id });
  return rows.length > 0;
}

interface Use {
  enrolmentTokenId: string;
  deviceId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  outcome: EnrolmentOutcome;
}

export async function insertUse(tx: Tx, use: Use): Promise<void> {
  await tx.insert(enrolmentTokenUses).values(use);
}

export async function tagIds(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx
    .select({ tagId: enrolmentTokenTags.tagId })
    .from(enrolmentTokenTags)
    .where(eq(enrolmentTokenTags.enrolmentTokenId, id));
  return rows.map(({ tagId }) => tagId);
}
