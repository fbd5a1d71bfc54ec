import { afterAll, beforeAll, expect, it } from "vitest";
import type { Permission } from "@/server/core/permissions";
import * as factories from "@/server/testing/factories";
import { freshNetwork } from "@/server/testing/networks";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  admin = await factories.user({ roles: ["admin"] });
});
afterAll(() => world.end());

const keyFor = async (...scopes: Permission[]) => (await world.apiKey(admin, { scopes })).secret;

it("a program sets a gateway up, changes it and invites the machine that becomes it", async () => {
  const key = await keyFor("gateway.read", "gateway.create", "gateway.update");
  const [vpnCidr, behind, other] = [freshNetwork(16), freshNetwork(16), freshNetwork(16)];
  const name = factories.unique("gateway");
  const made = await rest(key, "POST /api/v1/gateways", { name, vpnCidr, networks: [{ network: behind }] });
  expect(made).toMatchObject({ status: 201, body: { name, state: "never", networks: [{ network: behind }] } });

  const path = `/api/v1/gateways/${made.body.id}`;
  const networks = [{ network: other, description: "Servers" }];
  const changed = await rest(key, `PUT ${path}`, { name, endpoint: "vpn.example.com:51820", networks });
  expect(changed).toMatchObject({ status: 200, body: { endpoint: "vpn.example.com:51820", networks } });
  expect(await rest(key, `GET ${path}`)).toMatchObject({ status: 200, body: { name, networks } });
  const listed = await rest(key, `GET /api/v1/gateways?q=${name}&state=never`);
  expect(listed).toMatchObject({ status: 200, body: { total: 1, rows: [{ id: made.body.id }] } });

  const invited = await rest(key, `POST ${path}/enrolment-token`, { lifetimeH: 1 });
  expect(invited).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^[0-9a-f]{16}$/) } });
  expect(JSON.stringify((await rest(key, `GET ${path}`)).body)).not.toContain(invited.body.secret);
  expect((await rest(key, `DELETE ${path}/enrolment-token`)).status).toBe(204);
  expect(await rest(key, `DELETE ${path}/enrolment-token`)).toMatchObject({ status: 409, code: "conflict" });
});

it("a program is told which network another overlaps, and removes no gateway", async () => {
  const key = await keyFor("gateway.read", "gateway.create", "gateway.update", "gateway.remove");
  const { id, name, vpnCidr } = await factories.gateway();
  const overlapping = await rest(key, "POST /api/v1/gateways", { name: factories.unique("gateway"), vpnCidr });
  expect(overlapping).toMatchObject({ status: 409, code: "network-overlap" });
  expect(overlapping.body.detail).toContain(name);
  expect((await rest(key, `DELETE /api/v1/gateways/${id}`)).status).toBe(405);
});
