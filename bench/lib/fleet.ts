import { randomBytes } from "node:crypto";
import { seal } from "@/server/core/crypto";
import { parseKeys } from "@/server/core/secrets";
import { presharedKeyContext } from "@/server/modules/gateways/preshared-key.service";
import type { Bench } from "./keyward";

/** What a gateway of a larger organisation serves. */
export const FLEET = { devices: 5000, users: 1000, groups: 200, policies: 300 } as const;

/** The server of a bench with a fleet is given this key, so that the fleet's preshared keys are its own. */
export const ENCRYPTION_KEY = randomBytes(32).toString("base64");

const base64 = (bytes: number) => randomBytes(bytes).toString("base64");

/** A tunnel's key with its preshared key as the database holds it. */
function tunnel() {
  const publicKey = base64(32);
  const keys = parseKeys("encryption", ENCRYPTION_KEY);
  return { publicKey, presharedKey: seal(keys, base64(32), presharedKeyContext(publicKey)) };
}

/**
 * Users in groups, devices of theirs with tunnels to one gateway, and policies for groups and for single users, each with
 * three networks.
 * @returns the gateway's id
 */
export async function createFleet({ sql }: Pick<Bench, "sql">): Promise<string> {
  const { devices, users, groups, policies } = FLEET;
  return sql.begin(async (tx) => {
    await tx`select enter_scope('system')`;
    await tx`reset role`;
    const [gateway] = await tx<{ id: string }[]>`
      with g as (insert into gateways (name, vpn_cidr) values ('fleet', '10.0.0.0/16') returning id)
      select id, create_pool(id, '10.0.0.0/16') from g`;
    if (!gateway) throw new Error("no gateway");
    await tx`
      insert into users (username, status)
      select 'fleet-' || n, 'active' from generate_series(0, ${users - 1}) n`;
    await tx`insert into groups (name) select 'fleet-' || n from generate_series(0, ${groups - 1}) n`;
    await tx`
      insert into group_memberships (group_id, user_id)
      select g.id, u.id from users u join groups g on g.name = 'fleet-' || (substr(u.username, 7)::int % ${groups})
       where u.username like 'fleet-%'`;
    await tx`
      insert into devices (name, status, user_id)
      select 'fleet-' || n, 'active', u.id
        from generate_series(0, ${devices - 1}) n join users u on u.username = 'fleet-' || (n % ${users})`;
    const tunnels = tx.json(Array.from({ length: devices }, (_, n) => ({ n, ...tunnel() })));
    await tx`
      insert into wireguard_peers (device_id, gateway_id, public_key, preshared_key_ciphertext)
      select d.id, ${gateway.id}, t."publicKey", t."presharedKey"
        from jsonb_to_recordset(${tunnels}) t(n int, "publicKey" text, "presharedKey" text)
        join devices d on d.name = 'fleet-' || t.n`;
    await tx`
      insert into ip_allocations (pool_id, gateway_id, device_id, address)
      select p.id, p.gateway_id, d.id, '10.0.0.2'::inet + substr(d.name, 7)::int
        from devices d, ip_pools p where d.name like 'fleet-%' and p.gateway_id = ${gateway.id}`;
    await tx`
      insert into policies (name, priority, effect)
      select 'fleet-' || n, n % 50, (case when n % 5 = 0 then 'deny' else 'allow' end)::policy_effect
        from generate_series(0, ${policies - 1}) n`;
    await tx`
      insert into policy_targets (policy_id, target_type, target_id)
      select p.id, 'group'::policy_target_type, g.id
        from policies p, generate_series(0, 2) k, groups g
       where p.name like 'fleet-%' and g.name = 'fleet-' || ((substr(p.name, 7)::int * 7 + k * 31) % ${groups})
      union all
      select p.id, 'user', u.id from policies p join users u on u.username = 'fleet-' || (substr(p.name, 7)::int * 3)
       where p.name like 'fleet-%'`;
    await tx`
      insert into policy_destinations (policy_id, destination)
      select p.id, ('10.' || (16 + k) || '.' || (substr(p.name, 7)::int % 256) || '.0/24')::cidr
        from policies p, generate_series(0, 2) k where p.name like 'fleet-%'`;
    await tx.unsafe("analyze");
    return gateway.id;
  });
}

/**
 * The same question in bare SQL: who has which rules in which order, once for each different list of rules, and every
 * tunnel with its address and which list it has.
 */
export const fleetSql = (gatewayId: string): string => `
with subject as materialized (
  select p.device_id, d.user_id, p.public_key, p.preshared_key_ciphertext
    from wireguard_peers p join devices d on d.id = p.device_id left join users u on u.id = d.user_id
   where p.gateway_id = '${gatewayId}' and p.state = 'active' and p.deleted_at is null and d.status = 'active'
     and (u.id is null or u.status = 'active') and coalesce(d.expires_at, 'infinity') > now()
     and coalesce(p.not_after, 'infinity') > now()
), matching as (
  select s.device_id, t.policy_id, t.is_excluded from subject s
    join policy_targets t on t.target_type = 'device' and t.target_id = s.device_id
  union select s.device_id, t.policy_id, t.is_excluded from subject s
    join policy_targets t on t.target_type = 'user' and t.target_id = s.user_id
  union select s.device_id, t.policy_id, t.is_excluded from subject s
    join group_memberships m on m.user_id = s.user_id
    join groups g on g.id = m.group_id and g.deleted_at is null
    join policy_targets t on t.target_type = 'group' and t.target_id = m.group_id
  union select s.device_id, t.policy_id, t.is_excluded from subject s
    join device_tags dt on dt.device_id = s.device_id join tags on tags.id = dt.tag_id and tags.is_trusted
    join policy_targets t on t.target_type = 'tag' and t.target_id = dt.tag_id
  union select s.device_id, t.policy_id, t.is_excluded from subject s join policy_targets t on t.target_type = 'all'
), applies as (
  select device_id, policy_id from matching group by device_id, policy_id having not bool_or(is_excluded)
), profile as materialized (
  select a.device_id,
         string_agg(d.destination || ' ' || p.effect || ' ' || d.protocol || ' ' || coalesce(d.port_from, 0) || ' '
                    || coalesce(d.port_to, 0) || ' ' || p.id, ',' order by p.priority, p.effect desc, p.id, d.id) as rules
    from applies a join policies p on p.id = a.policy_id join policy_destinations d on d.policy_id = p.id
   where p.is_active and p.deleted_at is null and coalesce(p.starts_at, '-infinity') <= now()
     and coalesce(p.ends_at, 'infinity') > now()
   group by a.device_id
), hashed as (select device_id, sha256(rules::bytea) as hash, rules from profile)
select s.public_key, s.preshared_key_ciphertext, host(i.address), h.hash, null as rules
  from subject s join ip_allocations i on i.device_id = s.device_id and i.gateway_id = '${gatewayId}' and i.released_at is null
  left join hashed h on h.device_id = s.device_id
union all
select null, null, null, hash, rules from (select distinct on (hash) hash, rules from hashed) distinct_profiles;`;
