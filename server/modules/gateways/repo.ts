import { and, eq, ilike, isNull, or, type SQL, sql } from "drizzle-orm";
import { devices, enrolmentTokens, gatewayNetworks, gateways, ipPools, wireguardPeers } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { type GatewayNetwork, type GatewayState, gatewayDirection, type ListGateways } from "./schema";

const t = gateways;

/** A gateway asks at least twice a minute. */
export const OFFLINE_AFTER = sql`interval '90 seconds'`;

const machine = sql`select 1 from devices m where m.gateway_id = gateways.id and m.deleted_at is null and m.status not in ('retired', 'revoked', 'rejected')`;

/** How a gateway is, of which the rows of `gateways` are selected. */
export const state = sql<GatewayState>`case
  when not exists (${machine}) then 'never'
  when ${t.applyError} is not null then 'error'
  when coalesce(${t.lastSyncAt} < now() - ${OFFLINE_AFTER}, true) then 'offline'
  when ${t.appliedRevision} is distinct from ${t.desiredRevision} then 'pending'
  else 'synced' end`;

const poolUse = (column: "used" | "capacity") =>
  sql<number>`coalesce((select p.${sql.identifier(column)} from ip_pools p where p.gateway_id = gateways.id and p.family = 4 limit 1), 0)::int`;

const columns = {
  id: t.id,
  name: t.name,
  state,
  endpoint: t.endpoint,
  isActive: t.isActive,
  vpnCidr: t.vpnCidr,
  vpnCidrV6: t.vpnCidrV6,
  tunnels: sql<number>`(select count(*)::int from wireguard_peers p where p.gateway_id = gateways.id and p.state = 'active' and p.deleted_at is null)`,
  used: poolUse("used"),
  capacity: poolUse("capacity"),
  lastSyncAt: t.lastSyncAt,
  createdAt: t.createdAt,
};

const sortKeys: Record<ListGateways["sort"], SortKey> = {
  name: { expression: t.name, type: "text" },
  createdAt: { expression: t.createdAt, type: "timestamptz" },
};

function matching({ q, state: wanted }: ListGateways): SQL | undefined {
  return and(
    isNull(t.deletedAt),
    q ? or(ilike(t.name, containing(q)), ilike(t.endpoint, containing(q))) : undefined,
    wanted ? sql`${state} = ${wanted}` : undefined,
  );
}

export async function list(reader: Reader, filter: ListGateways) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: t.id, type: "uuid" },
    direction: gatewayDirection(filter),
  });
  const matched = matching(filter);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(t)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(t).where(matched)));
}

const settings = {
  publicKey: t.publicKey,
  listenPort: t.listenPort,
  dnsServers: t.dnsServers,
  mtu: t.mtu,
  masquerade: t.masquerade,
  desiredRevision: t.desiredRevision,
  appliedRevision: t.appliedRevision,
  appliedAt: t.appliedAt,
  applyError: t.applyError,
  agentVersion: t.agentVersion,
};

const networksOf = (reader: Reader | Tx, id: string) =>
  reader
    .select({ network: gatewayNetworks.network, description: gatewayNetworks.description })
    .from(gatewayNetworks)
    .where(eq(gatewayNetworks.gatewayId, id))
    .orderBy(gatewayNetworks.network);

/** The machine that is the gateway: the one that is not over, else the last one that was. */
const machineOf = (reader: Reader | Tx, id: string) =>
  reader
    .select({ id: devices.id, name: devices.name, status: devices.status })
    .from(devices)
    .where(and(eq(devices.gatewayId, id), isNull(devices.deletedAt)))
    .orderBy(sql`${devices.status} in ('rejected', 'revoked', 'retired')`, sql`${devices.createdAt} desc`)
    .limit(1);

const tokenOf = (reader: Reader | Tx, id: string) =>
  reader
    .select({ id: enrolmentTokens.id, expiresAt: enrolmentTokens.expiresAt })
    .from(enrolmentTokens)
    .where(
      sql`${enrolmentTokens.gatewayId} = ${id} and revoked_at is null and expires_at > now() and usage_current < usage_limit`,
    )
    .orderBy(sql`${enrolmentTokens.expiresAt} desc`)
    .limit(1);

/** Everything the gateway's page shows. */
export async function detail(reader: Reader | Tx, id: string) {
  const [gateway] = await reader
    .select({ ...columns, ...settings })
    .from(t)
    .where(and(eq(t.id, id), isNull(t.deletedAt)));
  if (!gateway) return undefined;
  const [networks, [device], [token], pools] = await Promise.all([
    networksOf(reader, id),
    machineOf(reader, id),
    tokenOf(reader, id),
    reader
      .select({ id: ipPools.id, cidr: ipPools.cidr, used: ipPools.used, capacity: ipPools.capacity })
      .from(ipPools)
      .where(eq(ipPools.gatewayId, id))
      .orderBy(ipPools.family),
  ]);
  return { ...gateway, networks, device: device ?? null, token: token ?? null, pools };
}

/** Holds the gateway until the transaction ends. */
export async function lock(tx: Tx, id: string) {
  const [gateway] = await tx
    .select()
    .from(t)
    .where(and(eq(t.id, id), isNull(t.deletedAt)))
    .for("no key update");
  return gateway && { ...gateway, networks: await networksOf(tx, id) };
}

export async function insert(tx: Tx, values: typeof t.$inferInsert): Promise<string> {
  const [row] = await tx.insert(t).values(values).returning({ id: t.id });
  if (!row) throw new Error("The gateway was not inserted");
  return row.id;
}

export async function markRemoved(tx: Tx, id: string): Promise<void> {
  await tx.update(t).set({ deletedAt: sql`now()`, isActive: false }).where(eq(t.id, id));
}

type Values = { [Column in keyof typeof t.$inferInsert]?: (typeof t.$inferInsert)[Column] | SQL };

export async function update(tx: Tx, id: string, values: Values): Promise<void> {
  await tx.update(t).set(values).where(eq(t.id, id));
}

/** Makes the gateway's networks these; what stays is left alone. */
export async function setNetworks(tx: Tx, id: string, wanted: readonly GatewayNetwork[]): Promise<void> {
  const rows = sql`jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (network cidr, description text)`;
  await tx.execute(
    sql`delete from gateway_networks where gateway_id = ${id} and network not in (select w.network from ${rows})`,
  );
  await tx.execute(sql`
    insert into gateway_networks (gateway_id, network, description) select ${id}, w.network, w.description from ${rows}
    on conflict (gateway_id, network) do update set description = excluded.description
      where gateway_networks.description <> excluded.description`);
}

/** Ends every tunnel to the gateway. */
export async function revokePeers(tx: Tx, gatewayId: string) {
  return tx
    .update(wireguardPeers)
    .set({ state: "revoked" })
    .where(and(eq(wireguardPeers.gatewayId, gatewayId), eq(wireguardPeers.state, "active")))
    .returning({ id: wireguardPeers.id, deviceId: wireguardPeers.deviceId });
}
