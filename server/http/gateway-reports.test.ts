import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "@/server/testing/agent-answer";
import { gateway, type TestGateway, tunnel, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  gw = await gateway(world.database);
});

const events = async (): Promise<string[]> => {
  const rows = await world.database.sql<{ event: string }[]>`
    select event_type as event from audit_logs where entity_id = ${gw.id} order by created_at, id`;
  return rows.map(({ event }) => event);
};

describe("a gateway's hello", () => {
  const hello = (publicKey: string, endpoint: string | null = null) =>
    gw.post("/hello", { publicKey, endpoint, agentVersion: "1.2.3", bootId: "boot-2" });

  it("gives the gateway its key, once on record, and leaves an address that somebody chose", async () => {
    const key = wireguardKey();
    await hello(key, "elsewhere.example.com:1");
    await hello(key, "elsewhere.example.com:1");
    const [row] = await world.database.sql`
      select public_key, endpoint, agent_version, boot_id from gateways where id = ${gw.id}`;
    expect(row).toMatchObject({ publicKey: key, agentVersion: "1.2.3", bootId: "boot-2" });
    expect(row?.endpoint).not.toContain("elsewhere");
    expect((await events()).filter((event) => event === "gateway.updated")).toHaveLength(2);
  });

  it("with the key of a device's tunnel is refused", async () => {
    const { publicKey } = await tunnel(gw);
    expect(await hello(publicKey)).toMatchObject(refusal(409, "key-in-use"));
  });

  it("that is malformed, or has a private key's length but not its form, is refused", async () => {
    for (const key of ["", "AAAA", `${"A".repeat(43)}B`, `${"A".repeat(42)}B=`]) {
      expect((await hello(key)).status).toBe(422);
    }
  });
});

describe("what became of a state", () => {
  const said = (outcome: string, error: string | null = null, etag = "a".repeat(64)) =>
    gw.post("/status", { etag, outcome, error, bootId: "boot-1" });

  it("is kept, and is on record once however often it is said", async () => {
    await said("failed", "nft: syntax error");
    await said("failed", "nft: syntax error");
    await said("applied");
    await said("applied");
    await said("held", null, "b".repeat(64));
    const [row] = await world.database.sql`select applied_etag, apply_error from gateways where id = ${gw.id}`;
    expect(row).toEqual({ appliedEtag: "a".repeat(64), applyError: "held" });
    expect((await events()).slice(1)).toEqual([
      "gateway.apply-failed",
      "gateway.state-applied",
      "gateway.mass-removal-held",
    ]);
  });

  it("takes back the leave to remove most tunnels once it was used", async () => {
    await world.database.sql`update gateways set is_mass_removal_allowed = true where id = ${gw.id}`;
    await said("applied");
    const [row] = await world.database.sql`select is_mass_removal_allowed as allowed from gateways where id = ${gw.id}`;
    expect(row?.allowed).toBe(false);
  });
});

describe("counters", () => {
  const handshake = Math.floor(Date.now() / 1000) - 5;
  const count = (publicKey: string, [rxBytes, txBytes]: [number, number], bootId = "boot-1") =>
    gw.post("/stats", {
      bootId,
      peers: [{ publicKey, rxBytes, txBytes, lastHandshakeAt: handshake, endpoint: "198.51.100.7:4500" }],
    });
  const traffic = (id: string) => world.database.sql`
    select resolution, sum(rx_bytes)::int as rx, sum(tx_bytes)::int as tx from peer_traffic
     where peer_id = ${id} group by resolution order by resolution`;

  it("become traffic by the minute, hour and day: what they grew by, also when they begin again", async () => {
    const { id, publicKey } = await tunnel(gw);
    await count(publicKey, [100, 10]);
    await count(publicKey, [150, 10]);
    await count(publicKey, [150, 10]);
    // The counter fell: it began again at 0.
    await count(publicKey, [20, 5]);
    // Another boot: so did this one, although it is larger.
    await count(publicKey, [1000, 100], "boot-2");
    const sum = { rx: 1170, tx: 115 };
    expect(await traffic(id)).toEqual(["minute", "hour", "day"].map((resolution) => ({ resolution, ...sum })));
  });

  it("say when a device was last there, and from where", async () => {
    const { id, publicKey, device } = await tunnel(gw);
    await count(publicKey, [1, 1]);
    const [row] = await world.database.sql`
      select extract(epoch from p.last_handshake_at)::int as at, p.remote_endpoint as endpoint,
             extract(epoch from d.last_connected_at)::int as connected
        from wireguard_peers p join devices d on d.id = p.device_id where p.id = ${id} and d.id = ${device.id}`;
    expect(row).toEqual({ at: handshake, connected: handshake, endpoint: "198.51.100.7:4500" });
  });

  it("of another gateway's tunnels and of keys nobody has are left out, and of the rest kept", async () => {
    const other = await gateway(world.database);
    const [own, foreign] = [await tunnel(gw), await tunnel(other)];
    const peer = { rxBytes: 7, txBytes: 7, lastHandshakeAt: 0, endpoint: null };
    const keys = [own.publicKey, foreign.publicKey, wireguardKey()];
    const answer = await gw.post("/stats", { bootId: "b", peers: keys.map((publicKey) => ({ publicKey, ...peer })) });
    expect(answer.status).toBe(204);
    expect([(await traffic(own.id)).length, (await traffic(foreign.id)).length]).toEqual([3, 0]);
  });
});
