import { afterAll, beforeAll, expect, it } from "vitest";
import * as factories from "@/server/testing/factories";
import { gateway, wireguardKey } from "@/server/testing/network";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

it("a program gives a device a tunnel, is told the preshared key this once, puts its end off and ends it", async () => {
  const admin = await factories.user({ roles: ["admin"] });
  const { secret } = await world.apiKey(admin, { scopes: ["tunnel.read", "tunnel.create", "tunnel.update"] });
  const [gw, device] = [await gateway(world.database), await factories.device()];
  const asked = { deviceId: device.id, gatewayId: gw.id, publicKey: wireguardKey(), lifetimeDays: 1 };
  const made = await rest(secret, "POST /api/v1/tunnels", asked);
  expect(made).toMatchObject({ status: 201, body: { tunnel: { publicKey: asked.publicKey, state: "active" } } });
  const { tunnel, presharedKey } = made.body as { tunnel: { id: string }; presharedKey: string };
  expect(presharedKey).toHaveLength(44);

  const path = `/api/v1/tunnels/${tunnel.id}`;
  const later = [
    await rest(secret, `GET ${path}`),
    await rest(secret, `GET /api/v1/tunnels?device=${device.id}`),
    await rest(secret, `POST ${path}/extend`, { lifetimeDays: null }),
    await rest(secret, `POST ${path}/revoke`),
  ];
  expect(later.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(later[2]?.body).toMatchObject({ notAfter: null });
  expect(later[3]?.body).toMatchObject({ state: "revoked" });
  expect(JSON.stringify(later.map(({ body }) => body))).not.toContain(presharedKey);
  expect(await rest(secret, "POST /api/v1/tunnels", asked)).toMatchObject({ status: 409, code: "key-in-use" });
});
