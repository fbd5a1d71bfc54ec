import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sha256Hex } from "@/server/core/crypto";
import { env } from "@/server/core/env";
import { allPermissions } from "@/server/core/permissions";
import { newKey } from "@/server/modules/api-keys/key";
import * as apiKeys from "@/server/modules/api-keys/service";
import * as users from "@/server/modules/identity/service";
import * as factories from "@/server/testing/factories";
import { CLIENT_IP } from "@/server/testing/http";
import { rest, restAnswer } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: factories.TestUser;
let key: Awaited<ReturnType<World["apiKey"]>>;
beforeAll(async () => {
  world = await createWorld();
  await factories.user({ roles: ["admin"] });
  admin = await factories.user({ roles: ["admin"] });
  key = await world.apiKey(admin, { scopes: allPermissions });
});
afterAll(() => world.end());

const REFUSED = { status: 401, code: "api-key-refused" };

const written = async () => {
  const [row] = await world.database.sql`
    select (select count(*) from audit_logs) as audited, (select count(*) from tags) as tags, (select count(*) from users) as users`;
  return row;
};

const send = (line: string, init: RequestInit & { headers?: Record<string, string> }) => {
  const [method = "", path = ""] = line.split(" ");
  const headers = { authorization: `Bearer ${key.secret}`, ...init.headers };
  return restAnswer(new Request(new URL(path, env().KEYWARD_URL), { ...init, method, headers }));
};

describe("a program with an API key", () => {
  it("creates, reads, changes and removes what its scopes allow", async () => {
    const created = await rest(key.secret, "POST /api/v1/tags", { name: "by a program" });
    expect(created).toMatchObject({ status: 201, body: { name: "by a program", devices: 0 } });
    const { id } = created.body;
    const changed = { name: "by another", color: "#dc2626", description: "" };
    expect(await rest(key.secret, `PUT /api/v1/tags/${id}`, changed)).toMatchObject({
      status: 200,
      body: { id, ...changed },
    });
    const found = await rest(key.secret, "GET /api/v1/tags?q=another&size=5");
    expect(found).toMatchObject({ status: 200, body: { total: 1, rows: [{ id, name: "by another" }] } });
    expect((await rest(key.secret, `DELETE /api/v1/tags/${id}`)).status).toBe(200);
    expect(await rest(key.secret, `DELETE /api/v1/tags/${id}`)).toMatchObject({ status: 404, code: "not-found" });
    expect(found.response.headers.get("cache-control")).toBe("no-store");
    expect(found.response.headers.has("access-control-allow-origin")).toBe(false);
  });

  it("moves a device and a user through their states", async () => {
    const device = await factories.device({ status: "pending" });
    for (const [action, status] of [
      ["approve", "active"],
      ["quarantine", "quarantined"],
      ["release", "active"],
      ["suspend", "suspended"],
      ["resume", "active"],
    ]) {
      const answer = await rest(key.secret, `POST /api/v1/devices/${device.id}/${action}`);
      expect(answer).toMatchObject({ status: 200, body: { status } });
    }
    const person = await factories.user();
    const suspended = await rest(key.secret, `POST /api/v1/users/${person.id}/suspend`);
    expect(suspended).toMatchObject({ status: 200, body: { status: "suspended" } });
  });

  it("leaves audit rows that name the key, its owner and the address", async () => {
    const created = await rest(key.secret, "POST /api/v1/tags", { name: factories.unique("tag") });
    const [row] = await world.database.sql`
      select actor_kind, actor_user_id, on_behalf_of, session_id, host(ip_address) as ip, source, metadata
        from audit_logs where entity_id = ${String(created.body.id)}`;
    expect(row).toMatchObject({ actorKind: "api_key", actorUserId: admin.id, onBehalfOf: admin.id, sessionId: null });
    expect(row).toMatchObject({ ip: CLIENT_IP, source: "api", metadata: { apiKey: { id: key.id } } });
    const listed = await rest(key.secret, `GET /api/v1/audit?entityId=${created.body.id}`);
    const [{ actorName } = { actorName: "" }] = listed.body.rows as { actorName: string }[];
    expect(actorName).toMatch(new RegExp(`^program-.* \\(${admin.username}\\)$`));
  });

  it("is told what it was refused for, and the refusal is on the audit trail", async () => {
    const { id, secret } = await world.apiKey(admin, { scopes: ["tag.read"] });
    const answer = await rest(secret, "POST /api/v1/tags", { name: "no" });
    expect(answer).toMatchObject({ status: 403, code: "forbidden" });
    expect(answer.body.detail).toContain("tag.create");
    const rows = await world.database.sql`
      select status from audit_logs where event_type = 'permission.denied' and metadata #>> '{apiKey,id}' = ${id}`;
    expect(rows).toMatchObject([{ status: "denied" }]);
  });

  it("is noted as last used, with its address, off the request's path", async () => {
    const { id, secret } = await world.apiKey(admin, { scopes: ["tag.read"] });
    await Promise.all([rest(secret, "GET /api/v1/tags"), rest(secret, "GET /api/v1/tags")]);
    const use = () =>
      world.database.sql`select host(last_used_ip) as ip from api_keys where id = ${id} and last_used_at is not null`;
    await vi.waitFor(async () => expect(await use()).toMatchObject([{ ip: CLIENT_IP }]), { timeout: 10_000 });
  });

  it("is slowed down on its own: 429 with the seconds to wait, and other keys go on", async () => {
    const busy = await world.apiKey(admin, { scopes: [] });
    const answers = [];
    for (let at = 0; at < 601; at++) answers.push(await rest(busy.secret, "GET /api/v1/roles"));
    expect(answers.at(0)?.status).toBe(403);
    expect(answers.at(-1)).toMatchObject({ status: 429, code: "too-many-requests" });
    expect(Number(answers.at(-1)?.response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await rest(key.secret, "GET /api/v1/roles")).status).toBe(200);
  });
});

describe("what a key may do follows its owner at the next request:", () => {
  it("rights shrink when the owner loses a role, and come back with it", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const { secret } = await world.apiKey(owner, { scopes: ["tag.read"] });
    expect((await rest(secret, "GET /api/v1/tags")).status).toBe(200);
    await users.changeRoles.execute(world.system, { id: owner.id, roles: ["user"] });
    expect((await rest(secret, "GET /api/v1/tags")).status).toBe(403);
    await users.changeRoles.execute(world.system, { id: owner.id, roles: ["viewer"] });
    expect((await rest(secret, "GET /api/v1/tags")).status).toBe(200);
  });

  it("rights never grow beyond the scopes when the owner gains a role", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const { secret } = await world.apiKey(owner, { scopes: ["tag.read"] });
    await users.changeRoles.execute(world.system, { id: owner.id, roles: ["admin"] });
    expect((await rest(secret, "POST /api/v1/tags", { name: "no" })).status).toBe(403);
  });

  it.each([
    ["suspended, also when reactivated later", users.suspend, users.reactivate],
    ["deactivated", users.deactivate, undefined],
  ] as const)("a key is dead once its owner is %s", async (_how, end, back) => {
    const owner = await factories.user({ roles: ["viewer"] });
    const { secret } = await world.apiKey(owner, { scopes: ["tag.read"] });
    await end.execute(world.system, { id: owner.id });
    expect(await rest(secret, "GET /api/v1/tags")).toMatchObject(REFUSED);
    await back?.execute(world.system, { id: owner.id });
    expect(await rest(secret, "GET /api/v1/tags")).toMatchObject(REFUSED);
  });
});

describe("a key that does not work is refused alike, whatever the reason:", () => {
  it("revoked, expired, without an end, unknown, of another secret, mistyped", async () => {
    const [revoked, expired, endless, stolen] = await Promise.all(
      Array.from({ length: 4 }, () => world.apiKey(admin, { scopes: ["tag.read"] })),
    );
    if (!revoked || !expired || !endless || !stolen) throw new Error("There are four");
    await apiKeys.revokeOwn.execute(await world.asUser(admin), { id: revoked.id });
    await world.database.sql`update api_keys set expires_at = now() where id = ${expired.id}`;
    await world.database.sql`update api_keys set expires_at = null where id = ${endless.id}`;
    // The same public part, and a check that fits.
    await world.database.sql`update api_keys set key_hash = ${sha256Hex("another")} where id = ${stolen.id}`;
    const mistyped = `${key.secret.slice(0, 20)}${key.secret[20] === "a" ? "b" : "a"}${key.secret.slice(21)}`;
    const presented = [revoked.secret, expired.secret, endless.secret, stolen.secret, newKey().key, mistyped, "x"];
    const answers = await Promise.all(presented.map((secret) => rest(secret, "GET /api/v1/tags")));
    expect(answers.map(({ status, code }) => ({ status, code }))).toEqual(presented.map(() => REFUSED));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it("a key is taken from the Authorization header alone", async () => {
    const { secret } = key;
    const others: Record<string, string>[] = [
      { authorization: secret },
      { authorization: `Basic ${secret}` },
      { "x-api-key": secret },
      { cookie: `authorization=Bearer ${secret}` },
    ];
    for (const headers of others) {
      const answer = await restAnswer(new Request(new URL("/api/v1/tags", env().KEYWARD_URL), { headers }));
      expect(answer).toMatchObject(REFUSED);
    }
    const inQuery = await restAnswer(new Request(new URL(`/api/v1/tags?access_token=${secret}`, env().KEYWARD_URL)));
    expect(inQuery).toMatchObject(REFUSED);
  });
});

describe("bad input is refused with a reason and writes nothing:", () => {
  const json = { "content-type": "application/json" };
  it.each([
    ["no JSON", "POST /api/v1/tags", { headers: json, body: "{" }, 400],
    ["a list", "POST /api/v1/tags", { headers: json, body: "[]" }, 400],
    ["null", "POST /api/v1/tags", { headers: json, body: "null" }, 400],
    ["NUL", "POST /api/v1/tags", { headers: json, body: '{"name":"a","description":"a\\u0000b"}' }, 400],
    ["no UTF-8", "POST /api/v1/tags", { headers: json, body: Buffer.from('{"name":"\xff"}', "latin1") }, 400],
    ["a form", "POST /api/v1/tags", { headers: { "content-type": "text/plain" }, body: '{"name":"a"}' }, 415],
    ["nothing", "POST /api/v1/tags", {}, 422],
    ["a member nobody knows", "POST /api/v1/tags", { headers: json, body: '{"name":"a","colour":"red"}' }, 422],
    ["too much", "POST /api/v1/tags", { headers: json, body: `{"name":"${"x".repeat(300_000)}"}` }, 413],
    ["a query on a write", "POST /api/v1/tags?name=a", {}, 400],
    ["an id that is none", "POST /api/v1/users/7/suspend", {}, 422],
    ["an address badly encoded", "POST /api/v1/users/%ff/suspend", {}, 400],
    ["a filter nobody knows", "GET /api/v1/tags?colour=red", {}, 422],
    ["a filter given twice", "GET /api/v1/tags?q=a&q=b", {}, 400],
    ["a size out of bounds", "GET /api/v1/tags?size=5000", {}, 422],
    ["a cursor that is none", "GET /api/v1/tags?cursor=x", {}, 400],
  ] as const)("%s", async (_name, line, init, status) => {
    const before = await written();
    const answer = await send(line, init);
    expect(answer.status).toBe(status);
    expect(answer.response.headers.get("content-type")).toBe("application/problem+json");
    expect(await written()).toEqual(before);
  });

  it("names the members that need attention", async () => {
    const { body } = await rest(key.secret, "POST /api/v1/tags", { name: "x".repeat(61) });
    expect(body).toMatchObject({ status: 422, errors: [{ pointer: "/name", detail: "At most 60 characters." }] });
  });

  it("the path decides what is changed, whatever the body says", async () => {
    const [one, other] = [await factories.tag(), await factories.tag()];
    const body = { id: other.id, name: factories.unique("tag") };
    expect((await rest(key.secret, `PUT /api/v1/tags/${one.id}`, body)).body.id).toBe(one.id);
  });

  it.each(["PATCH /api/v1/tags", "OPTIONS /api/v1/tags", "POST /api/v1/roles"])(
    "%s is no method of the address",
    async (line) => {
      expect((await send(line, {})).status).toBe(405);
    },
  );
});
