import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "@/server/core/crypto";
import { toAppError } from "@/server/core/errors";
import type { ApiKeyId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as factories from "@/server/testing/factories";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";
import { rotateOwn } from "./rotation.service";
import { ListOwnApiKeys } from "./schema";
import * as apiKeys from "./service";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const DAY_MS = 86_400_000;

interface Rotation {
  id: ApiKeyId;
  overlapDays: number;
}

const rotate = (caller: Caller, rotation: Rotation) => rotateOwn.execute(caller, { lifetimeDays: 90, ...rotation });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => toAppError(error).code,
  );

/** Somebody with a key of 30 days. */
async function holder() {
  const owner = await factories.user({ roles: ["viewer"] });
  const key = await world.apiKey(owner, { name: "Nightly report", scopes: ["tag.read", "user.read"] });
  return { owner, key, caller: await world.asUser(owner) };
}

const worksWith = async (secret: string) => (await rest(secret, "GET /api/v1/tags")).status === 200;
const keysOf = async (caller: Caller) => (await apiKeys.listOwn.execute(caller, ListOwnApiKeys.parse({}))).rows;

describe("a rotation", () => {
  it("makes a key with the same name and scopes and a life of its own, told once and kept as SHA-256 alone", async () => {
    const { key, caller } = await holder();
    const clock = world.at("2026-03-01T12:00Z");
    const { apiKey, secret } = await rotate({ ...caller, clock }, { id: key.id, overlapDays: 1 });
    const { name, scopes, expiresAt } = apiKey;
    expect({ name, scopes }).toEqual({ name: "Nightly report", scopes: ["tag.read", "user.read"] });
    expect(expiresAt).toEqual(new Date("2026-05-30T12:00Z"));
    const [row] = await world.database.sql`select key_hash, rotated_from from api_keys where id = ${apiKey.id}`;
    expect(row).toEqual({ keyHash: sha256Hex(secret), rotatedFrom: key.id });
  });

  it("lets both keys work for the days that were chosen, and then the new one alone", async () => {
    const { key, caller } = await holder();
    const { secret } = await rotate(caller, { id: key.id, overlapDays: 7 });
    expect([await worksWith(key.secret), await worksWith(secret)]).toEqual([true, true]);
    const old = (await keysOf(caller)).find(({ id }) => id === key.id);
    expect(old).toMatchObject({ state: "active", isRotated: true });
    const leftMs = Number(old?.expiresAt) - Date.now();
    expect(Math.abs(leftMs - 7 * DAY_MS)).toBeLessThan(60_000);
    await world.database.sql`update api_keys set expires_at = expires_at - interval '7 days' where id = ${key.id}`;
    expect([await worksWith(key.secret), await worksWith(secret)]).toEqual([false, true]);
  });

  it("without an overlap ends the old key at once", async () => {
    const { key, caller } = await holder();
    const { secret } = await rotate(caller, { id: key.id, overlapDays: 0 });
    expect([await worksWith(key.secret), await worksWith(secret)]).toEqual([false, true]);
    expect(await keysOf(caller)).toMatchObject([{ state: "active" }, { id: key.id, state: "revoked" }]);
  });

  it("never lets the old key live longer than it would have", async () => {
    const { key, caller } = await holder();
    const soon = new Date(Date.now() + DAY_MS);
    await world.database.sql`update api_keys set expires_at = ${soon} where id = ${key.id}`;
    await rotate(caller, { id: key.id, overlapDays: 7 });
    expect((await keysOf(caller)).find(({ id }) => id === key.id)?.expiresAt).toEqual(soon);
  });

  it("is on the audit trail for both keys, without a secret", async () => {
    const { owner, key, caller } = await holder();
    const { apiKey, secret } = await rotate(caller, { id: key.id, overlapDays: 2 });
    const rows = await world.database.sql`
      select event_type, entity_id, user_id, metadata, to_jsonb(a)::text as line
        from audit_logs a where request_id = ${caller.request.id} order by sequence`;
    expect(rows).toMatchObject([
      { eventType: "api-key.rotated", entityId: key.id, userId: owner.id, metadata: { overlapDays: 2 } },
      { eventType: "api-key.created", entityId: apiKey.id, userId: owner.id, metadata: { rotatedFrom: key.id } },
    ]);
    expect(rows.map(({ line }) => line).join()).not.toContain(secret.slice(17, 60));
  });
});

describe("a rotation is refused and makes nothing", () => {
  it("of somebody else's key, whatever one may do", async () => {
    const { key, caller } = await holder();
    expect(await codeOf(rotate(await world.asRole("admin"), { id: key.id, overlapDays: 1 }))).toBe("not-found");
    expect(await keysOf(caller)).toMatchObject([{ id: key.id, isRotated: false }]);
  });

  it("of a key that is revoked or has expired", async () => {
    const { key, caller } = await holder();
    await world.database.sql`update api_keys set expires_at = now() where id = ${key.id}`;
    expect(await codeOf(rotate(caller, { id: key.id, overlapDays: 1 }))).toBe("conflict");
    await apiKeys.revokeOwn.execute(caller, { id: key.id });
    expect(await codeOf(rotate(caller, { id: key.id, overlapDays: 1 }))).toBe("conflict");
    expect(await keysOf(caller)).toHaveLength(1);
  });

  it("of a key that was replaced before, also when several ask at the same time", async () => {
    const { key, caller } = await holder();
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => codeOf(rotate(caller, { id: key.id, overlapDays: 7 }))),
    );
    expect(outcomes.toSorted()).toEqual([...Array.from({ length: 5 }, () => "conflict"), "done"]);
    expect(await keysOf(caller)).toHaveLength(2);
  });

  it("with an overlap of more than seven days, less than none or a part of a day", async () => {
    const { owner, key } = await holder();
    const browser = await world.resume(owner);
    for (const overlapDays of [8, -1, 1.5, "soon"]) {
      const answer = await browser.call("apiKeys.rotateOwn", { id: key.id, lifetimeDays: 30, overlapDays });
      expect([answer.code, Object.keys(answer.fields ?? {})]).toEqual(["invalid", ["overlapDays"]]);
    }
  });
});
