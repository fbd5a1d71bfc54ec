import { GATEWAY_API } from "@/server/modules/gateways/state.schema";
import { type DeviceKey, signedHeaders } from "./devices";
import type { Bench } from "./keyward";

export const STATE_PATH = `${GATEWAY_API}/state`;

/** Makes each of these machines a gateway of its own, with a network and without tunnels. */
export async function asGateways({ sql }: Pick<Bench, "sql">, machines: readonly DeviceKey[]): Promise<void> {
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
  });
}

interface Asked {
  /** The state it has. */
  etag?: string;
  /** Seconds it would wait for another one. */
  wait?: number;
  signal?: AbortSignal;
}

/** A gateway asks for its state. */
export function askForState(url: string, device: DeviceKey, { etag, wait, signal }: Asked = {}): Promise<Response> {
  const signed = signedHeaders({ url, method: "GET", path: STATE_PATH, body: "", tag: "keyward-agent-v1", device });
  const headers = {
    ...signed,
    ...(etag ? { "if-none-match": etag } : {}),
    ...(wait ? { prefer: `wait=${wait}` } : {}),
  };
  return fetch(url + STATE_PATH, { headers, ...(signal ? { signal } : {}) });
}
