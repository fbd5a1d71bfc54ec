import { afterAll, beforeAll, expect, it } from "vitest";
import type { Permission } from "@/server/core/permissions";
import { plantGateway } from "@/server/testing/access-world";
import * as factories from "@/server/testing/factories";
import { savedTest } from "@/server/testing/policies";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  admin = await factories.user({ roles: ["admin"] });
});
afterAll(() => world.end());

const keyWith = async (...scopes: Permission[]) => (await world.apiKey(admin, { scopes })).secret;

const fields = (name: string, network: string) => ({
  ...{ name, priority: 7, targets: [{ type: "all", isExcluded: false }], destinations: [{ network }] },
});

it("a program previews, makes, reads, changes and removes a policy, and is told when it saw an older one", async () => {
  const key = await keyWith("policy.read", "policy.create", "policy.update", "policy.remove");
  const wanted = fields("Office", "10.50.0.0/16");
  const preview = await rest(key, "POST /api/v1/policies/preview", wanted);
  expect(preview).toMatchObject({ status: 200, body: { failedTests: [], findings: [] } });
  expect((await rest(key, "GET /api/v1/policies")).body).toMatchObject({ total: 0 });

  const made = await rest(key, "POST /api/v1/policies", wanted);
  expect(made).toMatchObject({ status: 201, body: { name: "Office", priority: 7 } });
  const path = `/api/v1/policies/${made.body.id}`;
  const { updatedAt } = (await rest(key, `GET ${path}`)).body;
  const changed = await rest(key, `PUT ${path}`, { ...wanted, priority: 3, updatedAt });
  expect(changed).toMatchObject({ status: 200, body: { priority: 3, destinations: [{ network: "10.50.0.0/16" }] } });
  expect(await rest(key, `PUT ${path}`, { ...wanted, updatedAt })).toMatchObject({ status: 409, code: "conflict" });
  const wrong = await rest(key, "POST /api/v1/policies", fields("Wrong", "10.50.0.9/16"));
  expect(wrong).toMatchObject({ status: 422, code: "invalid" });
  expect(JSON.stringify(wrong.body.errors)).toContain("Write 10.50.0.0/16");
  expect((await rest(key, `DELETE ${path}`)).status).toBe(200);
  expect(await rest(key, `GET ${path}`)).toMatchObject({ status: 404, code: "not-found" });
});

it("a policy test refuses a program's save too, until the program may override it and says so", async () => {
  const owner = await factories.user();
  const kept = await keyWith("policy.create", "policy.update");
  const expected = { sourceType: "user", sourceId: owner.id, destination: "10.51.0.1", expect: "deny" } as const;
  const made = await rest(kept, "POST /api/v1/policy-tests", { name: "Stays closed", ...expected });
  expect(made).toMatchObject({ status: 201, body: { outcome: "passed" } });
  const opening = fields("Opens it", "10.51.0.0/16");
  expect(await rest(kept, "POST /api/v1/policies", opening)).toMatchObject({
    status: 409,
    code: "policy-tests-failed",
  });
  const forced = { ...opening, isOverride: true };
  expect(await rest(kept, "POST /api/v1/policies", forced)).toMatchObject({ status: 403, code: "forbidden" });
  const bold = await keyWith("policy.create", "policy.override", "policy.remove");
  const saved = await rest(bold, "POST /api/v1/policies", forced);
  expect(saved.status).toBe(201);
  expect((await rest(bold, `DELETE /api/v1/policies/${saved.body.id}`)).status).toBe(200);
  expect((await rest(kept, `DELETE /api/v1/policy-tests/${made.body.id}`)).status).toBe(200);
});

it("a program asks whether a device can reach an address, who can, and what leads there", async () => {
  const device = await factories.device();
  await plantGateway(world.database, [device.id]);
  await savedTest({ sourceType: "device", sourceId: device.id, destination: "10.52.0.1", expect: "deny" });
  const admins = await keyWith("access.read", "device.read", "policy.read", "policy.create", "policy.override");
  const policy = { ...fields("Laptops", "10.52.0.0/24"), isOverride: true };
  const { id } = (await rest(admins, "POST /api/v1/policies", policy)).body;
  const question = "dst=10.52.0.1&protocol=tcp&port=443";
  const explained = await rest(admins, `GET /api/v1/access/explain?device=${device.id}&${question}`);
  expect(explained).toMatchObject({ status: 200, body: { dst: "10.52.0.1", port: 443, total: 1 } });
  expect(explained.body.devices).toMatchObject([{ verdict: "allow", reason: "policy", decidedBy: { policyId: id } }]);
  const reached = await rest(admins, `GET /api/v1/access/reach?${question}&verdict=allow`);
  expect(reached).toMatchObject({ status: 200, body: { total: 1, rows: [{ id: device.id, verdict: "allow" }] } });
  const graph = await rest(admins, "GET /api/v1/access/graph?q=Laptops");
  expect(graph).toMatchObject({ status: 200, body: { rows: [{ id, destinations: [{ network: "10.52.0.0/24" }] }] } });

  const refusals = [
    await rest(admins, `GET /api/v1/access/explain?device=${crypto.randomUUID()}&${question}`),
    await rest(admins, `GET /api/v1/access/explain?${question}`),
    await rest(admins, `GET /api/v1/access/explain?device=${device.id}&dst=10.0.0.0/8`),
    await rest(admins, `GET /api/v1/access/reach?${question}&verdicts=allow`),
    await rest(await keyWith("access.read", "policy.read"), `GET /api/v1/access/reach?${question}`),
  ];
  expect(refusals.map(({ status, code }) => [status, code])).toEqual([
    [404, "not-found"],
    [422, "invalid"],
    [422, "invalid"],
    [422, "invalid"],
    [403, "forbidden"],
  ]);
});
