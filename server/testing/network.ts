import { generateKeyPairSync } from "node:crypto";
import { GatewayId, TunnelId } from "@/server/core/ids";
import { GATEWAY_API } from "@/server/modules/gateways/state.schema";
import * as tunnels from "@/server/modules/tunnels/service";
import { type AgentAnswer, ask } from "./agent-answer";
import type { TestDatabase } from "./database";
import * as factories from "./factories";

/** A fresh WireGuard public key. */
export function wireguardKey(): string {
  const { x } = generateKeyPairSync("x25519").publicKey.export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url").toString("base64");
}

export interface TestGateway {
  id: GatewayId;
  deviceId: factories.TestDevice["id"];
  client: factories.TestDevice["client"];
  get(path: string, headers?: Record<string, string>): Promise<AgentAnswer>;
  post(path: string, body: unknown): Promise<AgentAnswer>;
}

let made = 0;

/** An enrolled gateway that has said its key, with a pool of each family and networks behind it. */
export async function gateway({ sql }: TestDatabase, networks: readonly string[] = []): Promise<TestGateway> {
  made += 1;
  const [v4, v6] = [`10.${made}.0.0/24`, `fd00:${made}::/64`];
  const [row] = await sql<{ id: string }[]>`
    insert into gateways (name, vpn_cidr, vpn_cidr_v6, endpoint)
    values (${factories.unique("gateway")}, ${v4}, ${v6}, ${`gateway-${made}.example.com:51820`}) returning id`;
  const id = GatewayId.parse(row?.id);
  await sql`select create_pool(${id}, ${v4}), create_pool(${id}, ${v6})`;
  for (const network of networks) {
    await sql`insert into gateway_networks (gateway_id, network) values (${id}, ${network}::cidr)`;
  }
  const { id: deviceId, client } = await factories.device();
  await sql`update devices set gateway_id = ${id} where id = ${deviceId}`;
  const below = GATEWAY_API;
  const one: TestGateway = {
    id,
    deviceId,
    client,
    get: (path, headers = {}) => ask(client.request("GET", path, { below, headers })),
    post: (path, body) => ask(client.request("POST", path, { below, body })),
  };
  const hello = { publicKey: wireguardKey(), endpoint: null, agentVersion: "1.0.0", bootId: "boot-1" };
  const answer = await one.post("/hello", hello);
  if (answer.status !== 204) throw new Error(`The gateway's hello was answered with ${answer.status}: ${answer.text}`);
  return one;
}

/** A device with a tunnel to the gateway, somebody's if an owner is given. */
export async function tunnel({ id: gatewayId }: Pick<TestGateway, "id">, owner?: factories.TestUser) {
  const device = await factories.device(owner ? { owner } : {});
  const publicKey = wireguardKey();
  const input = { deviceId: device.id, gatewayId, publicKey, lifetimeDays: null };
  const issued = await tunnels.create.execute(factories.system, input);
  return { ...issued, id: TunnelId.parse(issued.tunnel.id), device, publicKey };
}

/** Somebody's tunnel that ends tomorrow, where people may put that off. */
export async function endingTunnel(database: TestDatabase, owner: factories.TestUser) {
  const { sql } = database;
  await sql`update system_settings set value = '30' where category = 'device' and key = 'lifetime_days'`;
  const { id } = await tunnel(await gateway(database), owner);
  await sql`update wireguard_peers set not_after = now() + interval '1 day' where id = ${id}`;
  return { id };
}

/** A policy that opens or closes a network for everybody, or for one target. */
export async function policy(
  { sql }: TestDatabase,
  {
    destination,
    effect = "allow",
    target = { type: "all", id: null },
  }: { destination: string; effect?: "allow" | "deny"; target?: { type: string; id: string | null } },
): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    with p as (insert into policies (name, effect) values (${factories.unique("policy")}, ${effect}) returning id),
    t as (insert into policy_targets (policy_id, target_type, target_id)
          select id, ${target.type}::policy_target_type, ${target.id}::uuid from p),
    d as (insert into policy_destinations (policy_id, destination) select id, ${destination}::cidr from p)
    select id from p`;
  if (!row) throw new Error("The policy was not inserted");
  return row.id;
}
