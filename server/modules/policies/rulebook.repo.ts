import { and, eq, inArray, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { DeviceStatus } from "@/db/enums";
import { devices, gatewayNetworks, gateways, groups, ipPools, policies, tags, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import type { NetworkPolicy, PolicyDestination, PolicyTarget, Subject } from "./policy-model";

/** A policy with its name, for whoever has to be told about it. */
export type NamedPolicy = NetworkPolicy & { readonly name: string };

export type NamedSubject = Subject & {
  readonly deviceName: string;
  readonly status: DeviceStatus;
  readonly ownerName: string | null;
};

const targets = sql<
  PolicyTarget[]
>`coalesce((select json_agg(json_build_object('type', t.target_type, 'id', t.target_id, 'isExcluded', t.is_excluded)) from policy_targets t where t.policy_id = policies.id), '[]')`;

const destinations = (holding: string | undefined) =>
  sql<
    PolicyDestination[]
  >`coalesce((select json_agg(json_build_object('network', d.destination, 'protocol', d.protocol, 'ports', case when d.port_from is not null then json_build_object('from', d.port_from, 'to', d.port_to) end)) from policy_destinations d where d.policy_id = policies.id ${holding === undefined ? sql`` : sql`and d.destination >>= ${holding}::inet`}), '[]')`;

/** Every policy there is, whether it is switched on or not; with an address, only those of its destinations that hold it. */
export async function allPolicies(reader: Reader | Tx, holding?: string): Promise<NamedPolicy[]> {
  return reader
    .select({
      id: policies.id,
      name: policies.name,
      priority: policies.priority,
      effect: policies.effect,
      isActive: policies.isActive,
      fullTunnel: policies.fullTunnel,
      startsAt: policies.startsAt,
      endsAt: policies.endsAt,
      targets,
      destinations: destinations(holding),
    })
    .from(policies)
    .where(isNull(policies.deletedAt));
}

/** Every address that a pool or a gateway's tunnel holds. */
export async function pools(reader: Reader | Tx): Promise<string[]> {
  const rows = await reader.execute<{ network: string }>(sql`
    select cidr::text as network from ${ipPools}
    union select vpn_cidr::text from ${gateways} where deleted_at is null
    union select vpn_cidr_v6::text from ${gateways} where deleted_at is null and vpn_cidr_v6 is not null
    order by network`);
  return [...rows].map(({ network }) => network);
}

/** What gateways in use can reach; null while there is none. */
export async function reachedNetworks(reader: Reader | Tx): Promise<string[] | null> {
  const rows = await reader
    .select({ network: gatewayNetworks.network })
    .from(gateways)
    .leftJoin(gatewayNetworks, eq(gatewayNetworks.gatewayId, gateways.id))
    .where(and(isNull(gateways.deletedAt), gateways.isActive));
  return rows.length === 0 ? null : rows.flatMap(({ network }) => network ?? []);
}

/** What is behind the gateways in use but for this one. */
export async function networksElsewhere(reader: Reader | Tx, gatewayId: string): Promise<string[]> {
  const rows = await reader
    .select({ network: gatewayNetworks.network })
    .from(gatewayNetworks)
    .innerJoin(gateways, eq(gateways.id, gatewayNetworks.gatewayId))
    .where(and(isNull(gateways.deletedAt), gateways.isActive, ne(gateways.id, gatewayId)));
  return rows.map(({ network }) => network);
}

/** Groups of users by user. Gathered once, which is cheaper than looking for each user's. */
const groupsOf = sql`(select m.user_id, array_agg(m.group_id) as ids from group_memberships m join ${groups} on groups.id = m.group_id where groups.deleted_at is null group by m.user_id) memberships`;

/** Tags of devices by device. What a device can give itself grants nothing. */
const tagsOf = sql`(select dt.device_id, array_agg(dt.tag_id) as ids from device_tags dt join ${tags} on tags.id = dt.tag_id where tags.is_trusted group by dt.device_id) labels`;

/** Which devices: these, or those with a tunnel to a gateway; all that can have access otherwise. */
export interface Asked {
  readonly ids?: readonly string[];
  readonly gatewayId?: string;
}

function asked({ ids, gatewayId }: Asked): SQL {
  if (ids) return inArray(devices.id, [...ids]);
  const isActive = eq(devices.status, "active");
  if (gatewayId === undefined) return isActive;
  return sql`${isActive} and devices.id in (select p.device_id from wireguard_peers p where p.gateway_id = ${gatewayId} and p.state = 'active')`;
}

/** What policies know devices by. */
export async function subjects(reader: Reader | Tx, which: Asked = {}): Promise<NamedSubject[]> {
  const rows = await reader
    .select({
      deviceId: devices.id,
      deviceName: devices.name,
      status: devices.status,
      isActive: sql<boolean>`${devices.status} = 'active'`,
      expiresAt: devices.expiresAt,
      ownerId: users.id,
      ownerName: users.username,
      isOwnerActive: sql<boolean>`${users.status} = 'active'`,
      groupIds: sql<string[] | null>`memberships.ids`,
      tagIds: sql<string[] | null>`labels.ids`,
    })
    .from(devices)
    .leftJoin(users, eq(users.id, devices.userId))
    .leftJoin(groupsOf, sql`memberships.user_id = devices.user_id`)
    .leftJoin(tagsOf, sql`labels.device_id = devices.id`)
    .where(and(isNull(devices.deletedAt), asked(which)))
    .orderBy(devices.name, devices.id);
  return rows.map(({ ownerId, isOwnerActive, groupIds, tagIds, ...row }) => ({
    ...row,
    owner: ownerId === null ? null : { id: ownerId, isActive: isOwnerActive, groupIds: groupIds ?? [] },
    tagIds: tagIds ?? [],
  }));
}

/** What policies would know a device of each of these users by. */
export async function owners(reader: Reader | Tx, ids: readonly string[]): Promise<Map<string, Subject["owner"]>> {
  if (ids.length === 0) return new Map();
  const rows = await reader
    .select({
      id: users.id,
      isActive: sql<boolean>`${users.status} = 'active'`,
      groupIds: sql<string[] | null>`memberships.ids`,
    })
    .from(users)
    .leftJoin(groupsOf, sql`memberships.user_id = users.id`)
    .where(inArray(users.id, [...ids]));
  return new Map(rows.map(({ groupIds, ...row }) => [row.id, { ...row, groupIds: groupIds ?? [] }]));
}
