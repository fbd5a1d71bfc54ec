import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "@/server/core/crypto";
import { ApiKeyId } from "@/server/core/ids";
import { allPermissions } from "@/server/core/permissions";
import * as users from "@/server/modules/identity/service";
import * as factories from "@/server/testing/factories";
import { keepPrinted } from "@/server/testing/printed";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";
import * as rotation from "./rotation.service";
import { ListApiKeys, ListOwnApiKeys } from "./schema";
import * as apiKeys from "./service";

let world: World;
const printed = keepPrinted();
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const input = { name: "Nightly report", lifetimeDays: 30, scopes: ["tag.read", "user.read"] } as const;
const create = { ...input, scopes: [...input.scopes] };

describe("creating an API key", () => {
  it("needs a name, a lifetime of the four, and scopes that the creator holds, and otherwise creates nothing", async () => {
    const browser = await world.resume(await factories.user({ roles: ["viewer"] }));
    for (const [changed, field] of [
      [{ name: " " }, "name"],
      [{ lifetimeDays: 31 }, "lifetimeDays"],
      [{ lifetimeDays: undefined }, "lifetimeDays"],
      [{ scopes: [] }, "scopes"],
      [{ scopes: ["tag.create"] }, "scopes"],
      [{ scopes: ["nothing.known"] }, "scopes.0"],
    ] as const) {
      const answer = await browser.call("apiKeys.create", { ...create, ...changed });
      expect([changed, answer.code, Object.keys(answer.fields ?? {})]).toEqual([changed, "invalid", [field]]);
    }
    const [{ count } = { count: -1 }] = await world.database.sql`
      select (select count(*)::int from api_keys) + (select count(*)::int from audit_logs where entity_type = 'api-key') as count`;
    expect(count).toBe(0);
  });

  it("at the moment its owner is suspended leaves no key that works once they are back", async () => {
    for (let round = 0; round < 20; round += 1) {
      const owner = await factories.user({ roles: ["viewer"] });
      const caller = await world.asUser(owner);
      await Promise.allSettled([
        apiKeys.create.execute(caller, create),
        users.suspend.execute(world.system, { id: owner.id }),
      ]);
      await users.reactivate.execute(world.system, { id: owner.id });
      const [row] = await world.database.sql`
        select count(*)::int as live from api_keys where user_id = ${owner.id} and is_active`;
      expect([round, row?.live]).toEqual([round, 0]);
    }
  });

  it("tells the key once, keeps its SHA-256 alone, and ends it after the chosen days", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const caller = { ...(await world.asUser(owner)), clock: world.at("2026-03-01T12:00Z") };
    const { apiKey, secret } = await apiKeys.create.execute(caller, create);
    expect(apiKey).toMatchObject({ name: create.name, scopes: create.scopes, userId: owner.id });
    expect(apiKey.expiresAt).toEqual(new Date("2026-03-31T12:00Z"));
    const [row] = await world.database.sql`select key_hash, key_prefix from api_keys where id = ${apiKey.id}`;
    expect(row).toEqual({ keyHash: sha256Hex(secret), keyPrefix: secret.slice(8, 16) });
  });

  it("stores and logs the secret nowhere, even when the database breaks with it in hand", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const browser = await world.resume(owner);
    const before = printed().length;
    await world.database.sql`alter table api_keys add constraint broken check (name = '') not valid`;
    expect((await browser.call("apiKeys.create", create)).status).toBe(500);
    await world.database.sql`alter table api_keys drop constraint broken`;
    expect(printed().slice(before)).toContain("broken");
    const { secret } = await world.apiKey(owner, { scopes: ["tag.read"] });
    await rest(secret, "GET /api/v1/tags");
    await rest(secret, "POST /api/v1/tags", { name: "no" });
    await rest(`${secret}x`, "GET /api/v1/tags");
    await world.database.sql`alter function authority_api_key(text) rename to authority_gone`;
    expect((await rest(secret, "GET /api/v1/tags")).status).toBe(500);
    await world.database.sql`alter function authority_gone(text) rename to authority_api_key`;
    const rows = await world.database.sql`
      select to_jsonb(a)::text as line from audit_logs a union all select to_jsonb(k)::text from api_keys k`;
    const text = printed() + rows.map(({ line }) => line).join("\n");
    expect(text).not.toContain(secret.slice(17, 60));
    expect(text).not.toMatch(/kw_live_[a-z0-9]{8}_/);
    expect(printed()).not.toContain(sha256Hex(secret));
  });

  it("and revoking it are on the audit trail, of its owner, without the secret", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const caller = await world.asUser(owner);
    const { apiKey } = await apiKeys.create.execute(caller, create);
    expect(await apiKeys.revokeOwn.execute(caller, { id: apiKey.id })).toMatchObject({ state: "revoked" });
    const rows = await world.database.sql`
      select event_type, actor_user_id, user_id, changes from audit_logs where entity_id = ${apiKey.id} order by sequence`;
    expect(rows).toMatchObject([
      {
        eventType: "api-key.created",
        actorUserId: owner.id,
        userId: owner.id,
        changes: { after: { name: create.name } },
      },
      { eventType: "api-key.revoked", changes: { before: { state: "active" }, after: { state: "revoked" } } },
    ]);
  });
});

describe("keys are their owner's:", () => {
  it("nobody sees or revokes those of others, and revoking twice is refused", async () => {
    const [owner, other] = [await factories.user({ roles: ["viewer"] }), await factories.user({ roles: ["admin"] })];
    const { apiKey } = await apiKeys.create.execute(await world.asUser(owner), create);
    const caller = await world.asUser(other);
    expect((await apiKeys.listOwn.execute(caller, ListOwnApiKeys.parse({}))).rows).toEqual([]);
    await expect(apiKeys.revokeOwn.execute(caller, { id: apiKey.id })).rejects.toMatchObject({ code: "not-found" });
    const mine = await world.asUser(owner);
    await apiKeys.revokeOwn.execute(mine, { id: apiKey.id });
    await expect(apiKeys.revokeOwn.execute(mine, { id: apiKey.id })).rejects.toMatchObject({ code: "conflict" });
    const { rows } = await apiKeys.listOwn.execute(mine, ListOwnApiKeys.parse({}));
    expect(rows).toMatchObject([{ id: apiKey.id, state: "revoked" }]);
  });

  it("whoever may revoke API keys ends those of people who may do no more, at their next request and on record", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const { apiKey, secret } = await apiKeys.create.execute(await world.asUser(owner), create);
    const admin = await world.asRole("admin");
    expect(await apiKeys.revoke.execute(admin, { id: apiKey.id })).toMatchObject({ id: apiKey.id, state: "revoked" });
    expect(await rest(secret, "GET /api/v1/tags")).toMatchObject({ status: 401, code: "api-key-refused" });
    const rows = await world.database.sql`
      select event_type, user_id, changes from audit_logs where request_id = ${admin.request.id}`;
    const changes = { before: { state: "active" }, after: { state: "revoked" } };
    expect(rows).toEqual([{ eventType: "api-key.revoked", userId: owner.id, changes }]);
    await expect(apiKeys.revoke.execute(admin, { id: apiKey.id })).rejects.toMatchObject({ code: "conflict" });
    const unknown = ApiKeyId.parse(crypto.randomUUID());
    await expect(apiKeys.revoke.execute(admin, { id: unknown })).rejects.toMatchObject({ code: "not-found" });
  });

  it("whoever may see API keys sees everybody's, by owner and by state", async () => {
    const owner = await factories.user({ roles: ["viewer"] });
    const { apiKey } = await apiKeys.create.execute(await world.asUser(owner), create);
    const viewer = await world.as("api-key.read");
    const list = async (filter: Partial<ListApiKeys>) =>
      (await apiKeys.list.execute(viewer, ListApiKeys.parse(filter))).rows.map(({ id }) => id);
    expect(await list({ userId: owner.id })).toEqual([apiKey.id]);
    expect(await list({ userId: owner.id, state: "expired" })).toEqual([]);
    await world.database.sql`update api_keys set expires_at = now() where id = ${apiKey.id}`;
    expect(await list({ q: apiKey.keyPrefix, state: "expired" })).toEqual([apiKey.id]);
  });
});

describe("no API key, whatever its scopes,", () => {
  const program = async () => {
    const owner = await factories.user({ roles: ["admin"] });
    const { id } = await world.apiKey(owner, { scopes: ["role.read"] });
    const permissions = new Set(allPermissions);
    const actor = { kind: "api_key", apiKeyId: id, name: "p", userId: owner.id, permissions } as const;
    return { id, caller: { ...world.system, actor } };
  };

  it("creates, rotates or revokes keys of its owner", async () => {
    const { id, caller } = await program();
    await expect(apiKeys.create.execute(caller, create)).rejects.toMatchObject({ code: "forbidden" });
    await expect(apiKeys.revokeOwn.execute(caller, { id })).rejects.toMatchObject({ code: "forbidden" });
    const wanted = { id, lifetimeDays: 30, overlapDays: 1 } as const;
    await expect(rotation.rotateOwn.execute(caller, wanted)).rejects.toMatchObject({ code: "forbidden" });
    await expect(apiKeys.listOwn.execute(caller, ListOwnApiKeys.parse({}))).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("opens a page or a procedure in place of a session", async () => {
    const { secret } = await world.apiKey(await factories.user({ roles: ["admin"] }), { scopes: ["user.read"] });
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await (await world.browser()).fetch("/api/trpc/users.list?input=%7B%7D", { headers });
    expect(answer.status).toBe(401);
  });

  it("invites somebody with roles unless it has the scope to give roles", async () => {
    const { secret } = await world.apiKey(await factories.user({ roles: ["admin"] }), { scopes: ["user.create"] });
    const invite = { username: factories.unique("guest"), roles: ["admin"] };
    expect(await rest(secret, "POST /api/v1/users", invite)).toMatchObject({ status: 403, code: "forbidden" });
    expect((await rest(secret, "POST /api/v1/users", { ...invite, roles: ["user"] })).status).toBe(201);
    expect(await rest(secret, "POST /api/v1/api-keys", create)).toMatchObject({ status: 405 });
  });
});
