import { DELTA_MANIPULATION, GATEWAY_API } from "@/server/modules/gateways/state.schema";
import { type DeviceKey, signedHeaders } from "./devices";
import type { Bench } from "./keyward";

export const STATE_PATH = `${GATEWAY_API}/state`;

/** Makes each of these machines a gateway of its own, with a network and so many tunnels. */
export async function asGateways(
  { sql }: Pick<Bench, "sql">,
  machines: readonly DeviceKey[],
  { tunnels }: { tunnels: number } = { tunnels: 0 },
): Promise<void> {
  const keys = machines.map(({ kid }) => kid);
  await sql.begin(async (tx) => {
    await tx`select enter_scope('system')`;
    await tx`reset role`;
    await tx`
      insert into gateways (name, vpn_cidr)
      select 'small-' || n, set_masklen('100.64.0.0'::inet + n * 256, 24)::cidr
        from generate_series(1, ${keys.length}) n`;
    await tx`
      update devices d set gateway_id = g.id
        from unnest(${keys}::text[]) with ordinality k(kid, n)
        join device_keys dk on dk.thumbprint = k.kid join gateways g on g.name = 'small-' || k.n
       where d.id = dk.device_id`;
    await tx`select create_pool(id, vpn_cidr) from gateways where name like 'small-%'`;
    await tx`
      insert into devices (name, status)
      select g.name || '-' || n, 'active' from gateways g, generate_series(1, ${tunnels}) n where g.name like 'small-%'`;
    await tx`
      insert into wireguard_peers (device_id, gateway_id, public_key)
      select d.id, g.id, encode(sha256(d.name::bytea), 'base64')
        from gateways g join devices d on d.name like g.name || '-%' where g.name like 'small-%'`;
    await tx`
      insert into ip_allocations (pool_id, gateway_id, device_id, address)
      select p.id, p.gateway_id, w.device_id, p.cidr::inet + 1 + row_number() over (partition by p.id order by w.device_id)
        from ip_pools p join gateways g on g.id = p.gateway_id and g.name like 'small-%'
        join wireguard_peers w on w.gateway_id = p.gateway_id`;
    await tx.unsafe("analyze");
  });
}

/** One tunnel of each of those gateways gets an end, so that every state becomes another one. */
export async function changeEach({ sql }: Pick<Bench, "sql">): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select enter_scope('system')`;
    await tx`reset role`;
    await tx`
      update wireguard_peers w set not_after = now() + interval '1 year'
        from devices d where d.id = w.device_id and d.name like 'small-%-1'`;
  });
}

interface Asked {
  /** The state it has. */
  etag?: string;
  /** What has changed since is enough for it. */
  isDeltaTaken?: boolean;
  /** Seconds it would wait for another one. */
  wait?: number;
  signal?: AbortSignal;
}

/** A gateway asks for its state. */
export function askForState(
  url: string,
  device: DeviceKey,
  { etag, isDeltaTaken = false, wait, signal }: Asked = {},
): Promise<Response> {
  const signed = signedHeaders({ url, method: "GET", path: STATE_PATH, body: "", tag: "keyward-agent-v1", device });
  const headers = {
    ...signed,
    ...(etag ? { "if-none-match": etag } : {}),
    ...(isDeltaTaken ? { "a-im": DELTA_MANIPULATION } : {}),
    ...(wait ? { prefer: `wait=${wait}` } : {}),
  };
  return fetch(url + STATE_PATH, { headers, ...(signal ? { signal } : {}) });
}
