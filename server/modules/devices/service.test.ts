import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "@/server/core/operation";
import { ask, refusal } from "@/server/testing/agent-answer";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";
import * as lifecycle from "./lifecycle.service";
import * as devices from "./service";

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.asRole("admin");
});
afterAll(() => world.end());

const get = (id: factories.TestDevice["id"]) => devices.get.execute(admin, { id });

/** A device and the one that enrolled later on the same hardware. */
async function reinstalled() {
  const hardwareUuid = randomUUID();
  const owner = await factories.user();
  const [kept, own] = [await factories.tag(), await factories.tag()];
  const old = await factories.device({ hardwareUuid, owner, tagIds: [kept.id] });
  const fresh = await factories.device({ hardwareUuid, tagIds: [own.id] });
  return { old, fresh, owner, tags: [kept.name, own.name].sort() };
}

describe("supersede", () => {
  it("moves name, owner and tags, ends the predecessor and its key, and leaves both in the log", async () => {
    const { old, fresh, owner, tags } = await reinstalled();
    const before = { old: await get(old.id), fresh: await get(fresh.id) };
    expect(before.fresh.predecessor?.id).toBe(old.id);
    await devices.supersede.execute(admin, { id: fresh.id });
    const after = await get(fresh.id);
    expect(after).toMatchObject({ name: before.old.name, ownerId: owner.id, status: "active", predecessor: null });
    expect(after.tags.map(({ name }) => name).sort()).toEqual(tags);
    expect(await ask(old.client.request("GET", "/self"))).toMatchObject(refusal(410, "device-retired"));
    expect((await ask(fresh.client.request("GET", "/self"))).status).toBe(200);
    const gone = await get(old.id);
    expect(gone).toMatchObject({ status: "revoked", removedAt: expect.any(Date) });
    const trail = await world.database.sql`
      select entity_id, event_type, changes from audit_logs where request_id = ${admin.request.id}
         and entity_id = any(${[old.id, fresh.id]}) order by sequence`;
    expect(trail).toEqual([
      {
        entityId: old.id,
        eventType: "device.revoked",
        changes: { before: { status: "active" }, after: { status: "revoked" } },
      },
      {
        entityId: fresh.id,
        eventType: "device.superseded",
        changes: {
          before: { name: before.fresh.name, predecessor: old.id },
          after: { name: before.old.name, predecessor: null },
        },
      },
    ]);
  });

  it("has the successor told its new tags at its next check-in", async () => {
    const { fresh, tags } = await reinstalled();
    await fresh.client.checkIn();
    await devices.supersede.execute(admin, { id: fresh.id });
    const state = await (await fresh.client.send("GET", "/desired-state")).json();
    expect(state.tags).toEqual(tags);
  });

  it("is refused without a predecessor, a second time, and for a device that is gone itself", async () => {
    const { id } = await factories.device();
    await expect(devices.supersede.execute(admin, { id })).rejects.toMatchObject({ code: "conflict" });
    const { fresh } = await reinstalled();
    await devices.supersede.execute(admin, { id: fresh.id });
    await expect(devices.supersede.execute(admin, { id: fresh.id })).rejects.toMatchObject({ code: "conflict" });
    const other = await reinstalled();
    await lifecycle.revoke.execute(admin, { id: other.fresh.id });
    await expect(devices.supersede.execute(admin, { id: other.fresh.id })).rejects.toMatchObject({ code: "conflict" });
    expect(await get(other.old.id)).toMatchObject({ status: "active", removedAt: null });
  });

  it("at the same moment by two people happens once", async () => {
    const { fresh } = await reinstalled();
    const both = await Promise.allSettled([1, 2].map(() => devices.supersede.execute(admin, { id: fresh.id })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("what people set", () => {
  it("is written with what it was before: name, tags and owner", async () => {
    const { id } = await factories.device();
    const [tag, owner] = [await factories.tag(), await factories.user()];
    const { name } = await get(id);
    await devices.rename.execute(admin, { id, name: "laptop of the north" });
    await devices.setTags.execute(admin, { id, tagIds: [tag.id] });
    await devices.setOwner.execute(admin, { id, ownerId: owner.id });
    await devices.setOwner.execute(admin, { id, ownerId: null });
    const trail = await world.database.sql`
      select event_type, user_id, changes from audit_logs
       where entity_id = ${id} and request_id = ${admin.request.id} order by sequence`;
    const change = (field: string, from: unknown, to: unknown) => ({
      before: { [field]: from },
      after: { [field]: to },
    });
    expect(trail).toEqual([
      { eventType: "device.renamed", userId: null, changes: change("name", name, "laptop of the north") },
      { eventType: "device.tagged", userId: null, changes: change("tags", [], [tag.name]) },
      { eventType: "device.owner-changed", userId: owner.id, changes: change("owner", null, owner.username) },
      { eventType: "device.owner-changed", userId: owner.id, changes: change("owner", owner.username, null) },
    ]);
  });

  it("must exist: unknown tags and owners are named, and nothing changes", async () => {
    const { id } = await factories.device();
    const tag = await factories.tag();
    const missing = devices.setTags.input.parse({ id, tagIds: [tag.id, randomUUID()] });
    const unknown = { code: "invalid", fields: { tagIds: expect.any(String) } };
    await expect(devices.setTags.execute(admin, missing)).rejects.toMatchObject(unknown);
    const nobody = { code: "invalid", fields: { ownerId: expect.any(String) } };
    const ownerless = devices.setOwner.execute(admin, { id, ownerId: factories.nobody() });
    await expect(ownerless).rejects.toMatchObject(nobody);
    expect(await get(id)).toMatchObject({ tags: [], ownerId: null });
  });

  it.each([" ", "two\nlines", "x".repeat(101), "nul\0"])("refuses a name that is none: %j", (name) => {
    expect(devices.rename.input.safeParse({ id: randomUUID(), name }).success).toBe(false);
  });
});

describe("packages", () => {
  it("are found by part of their name and paged without a gap", async () => {
    const { id, client } = await factories.device();
    const names = Array.from({ length: 60 }, (_, at) => `package-${String(at).padStart(2, "0")}`);
    const packages = names.map((name) => ({ name, version: "1", arch: null }));
    await client.send("PUT", "/facts/packages", { body: { manager: "dpkg", packages } });
    const list = (filter: object) => devices.packages.execute(admin, devices.packages.input.parse({ id, ...filter }));
    const first = await list({ size: 25 });
    expect(first).toMatchObject({ total: 60, manager: "dpkg" });
    const second = await list({ size: 25, cursor: first.nextCursor });
    const third = await list({ size: 25, cursor: second.nextCursor });
    expect([first, second, third].flatMap(({ rows }) => rows.map(({ name }) => name))).toEqual(names);
    expect((await list({ q: "age-1" })).rows).toHaveLength(10);
    expect((await get(id)).packageCount).toBe(60);
  });
});
