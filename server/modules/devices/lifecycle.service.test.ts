import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeviceStatus, deviceStatuses } from "@/db/enums";
import type { Caller } from "@/server/core/operation";
import { ask, refusal } from "@/server/testing/agent-answer";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";
import * as lifecycle from "./lifecycle.service";

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.asRole("admin");
});
afterAll(() => world.end());

const { approve, reject, suspend, resume, quarantine, release, revoke } = lifecycle;
const commands = { approve, reject, suspend, resume, quarantine, release, revoke };
type Move = keyof typeof commands;
const moves = Object.keys(commands) as Move[];

/** Every arrow there is: what is not here is refused. */
const arrows: Record<DeviceStatus, Partial<Record<Move, DeviceStatus>>> = {
  pending: { approve: "active", reject: "rejected", revoke: "revoked" },
  active: { suspend: "suspended", quarantine: "quarantined", revoke: "revoked" },
  suspended: { resume: "active", revoke: "revoked" },
  quarantined: { release: "active", revoke: "revoked" },
  rejected: {},
  revoked: {},
  retired: {},
};

const pastTense: Record<Move, string> = {
  approve: "device.approved",
  reject: "device.rejected",
  suspend: "device.suspended",
  resume: "device.resumed",
  quarantine: "device.quarantined",
  release: "device.released",
  revoke: "device.revoked",
};

async function look(id: string) {
  const { sql } = world.database;
  const [device] = await sql`
    select status, approved_at is not null as is_approved, approved_by, revoked_at is not null as is_ended,
           (select count(*)::int from device_keys where device_id = d.id and status <> 'revoked') as live_keys
      from devices d where id = ${id}`;
  return device;
}

const trailOf = (id: string) => world.database.sql`
  select event_type, actor_user_id, status, changes from audit_logs
   where entity_id = ${id} and event_type <> 'device.enrolled' order by sequence`;

describe.each(deviceStatuses)("a device that is %s", (from) => {
  it.each(moves)("answers to %s as its state allows", async (move) => {
    const { id } = await factories.device({ status: from });
    const to = arrows[from][move];
    const [before, trail] = [await look(id), await trailOf(id)];
    const moved = commands[move].execute(admin, { id });
    if (to === undefined) {
      await expect(moved).rejects.toMatchObject({ code: "conflict" });
      expect([await look(id), await trailOf(id)]).toEqual([before, trail]);
      return;
    }
    expect(await moved).toMatchObject({ id, status: to });
    const isOver = to === "rejected" || to === "revoked";
    expect(await look(id)).toMatchObject({ status: to, liveKeys: isOver ? 0 : 1, isEnded: to === "revoked" });
    const actorUserId = admin.actor.kind === "user" ? admin.actor.userId : "";
    const changes = { before: { status: from }, after: { status: to } };
    const entry = { eventType: pastTense[move], actorUserId, status: "success", changes };
    expect((await trailOf(id)).slice(trail.length)).toEqual([entry]);
  });
});

it("says who approved a device", async () => {
  const { id } = await factories.device({ status: "pending" });
  await lifecycle.approve.execute(admin, { id });
  const approvedBy = admin.actor.kind === "user" ? admin.actor.userId : "";
  expect(await look(id)).toMatchObject({ isApproved: true, approvedBy });
});

it("does not know a device that is not there", async () => {
  const { id } = await factories.device();
  await world.database.sql`update devices set deleted_at = now() where id = ${id}`;
  for (const move of moves) {
    await expect(commands[move].execute(admin, { id })).rejects.toMatchObject({ code: "not-found" });
  }
});

describe("moves at the same moment", () => {
  it("let one of approve and reject win, and the device is only what that one made it", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, client } = await factories.device({ status: "pending" });
      const both = await Promise.allSettled([
        lifecycle.approve.execute(admin, { id }),
        lifecycle.reject.execute(admin, { id }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const isApproved = both[0]?.status === "fulfilled";
      expect(await look(id)).toMatchObject(
        isApproved ? { status: "active", liveKeys: 1, isApproved } : { status: "rejected", liveKeys: 0, isApproved },
      );
      expect(await trailOf(id)).toHaveLength(1);
      const answer = await ask(client.request("GET", "/self"));
      expect(answer).toMatchObject(isApproved ? { status: 200 } : refusal(409, "key-revoked"));
    }
  });

  it("end in revoked whatever comes beside a revocation", async () => {
    for (const [from, beside] of [
      ["pending", "approve"],
      ["active", "suspend"],
      ["suspended", "resume"],
      ["active", "quarantine"],
      ["quarantined", "release"],
    ] as const) {
      const { id, client } = await factories.device({ status: from });
      await Promise.allSettled([commands[beside].execute(admin, { id }), lifecycle.revoke.execute(admin, { id })]);
      expect(await look(id)).toMatchObject({ status: "revoked", liveKeys: 0, isEnded: true });
      expect(await ask(client.request("GET", "/self"))).toMatchObject(refusal(410, "device-retired"));
    }
  });

  it("let a device leave once, and a revocation and a leaving end in one of them", async () => {
    const { id, client } = await factories.device();
    const leaving = ask(client.request("DELETE", "/self"));
    const [, answer] = await Promise.allSettled([lifecycle.revoke.execute(admin, { id }), leaving]);
    expect(answer.status).toBe("fulfilled");
    const ends = (await trailOf(id)).filter(({ eventType }) => /revoked|retired/.test(eventType));
    expect(ends).toHaveLength(1);
    expect(await look(id)).toMatchObject({ liveKeys: 0, isEnded: true });
  });

  it("count twenty times the same move as one", async () => {
    const { id } = await factories.device();
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => lifecycle.suspend.execute(admin, { id })));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const suspended = (await trailOf(id)).filter(({ eventType }) => eventType === "device.suspended");
    expect(suspended).toHaveLength(1);
  });
});

describe("moving many", () => {
  it("moves those whose state allows it, leaves the others, and audits each that moved", async () => {
    const made = await Promise.all(deviceStatuses.map((status) => factories.device({ status })));
    const ids = made.map(({ id }) => id);
    expect(await lifecycle.revokeMany.execute(admin, { ids })).toEqual({ moved: 4, left: 3 });
    expect(await lifecycle.revokeMany.execute(admin, { ids })).toEqual({ moved: 0, left: 7 });
    const [row] = await world.database.sql`
      select count(*)::int as audited, count(distinct entity_id)::int as devices from audit_logs
       where event_type = 'device.revoked' and entity_id = any(${ids}) and request_id = ${admin.request.id}`;
    expect(row).toEqual({ audited: 4, devices: 4 });
  });

  it("by a filter happens only if it matches as many as the person saw", async () => {
    const tag = await factories.tag();
    for (let at = 0; at < 3; at += 1) await factories.device({ status: "pending", tagIds: [tag.id] });
    const filter = { tag: tag.id };
    const wrong = lifecycle.approveMany.execute(admin, { filter, expectedCount: 2 });
    await expect(wrong).rejects.toMatchObject({ code: "conflict" });
    expect(await lifecycle.approveMany.execute(admin, { filter, expectedCount: 3 })).toEqual({ moved: 3, left: 0 });
  });

  it("does not dead-lock when selections overlap in another order", async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => factories.device()));
    const ids = made.map(({ id }) => id);
    const moved = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        lifecycle.suspendMany.execute(admin, { ids: at % 2 ? ids : ids.toReversed() }),
      ),
    );
    expect(moved.reduce((sum, each) => sum + each.moved, 0)).toBe(6);
  });
});
