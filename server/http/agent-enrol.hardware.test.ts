import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hardwareHash } from "@/server/core/hardware-hash";
import { EnrolResult } from "@/server/modules/agents/schema";
import * as devices from "@/server/modules/devices/service";
import { ask, enrolment, refusal } from "@/server/testing/agent-answer";
import { DeviceClient } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

type OnMatch = "create" | "supersede_if_offline_24h" | "reject";

interface Machine {
  hardwareUuid?: string;
  hardwareHash?: string;
}

/** Enrols a fresh key on a machine, with a fresh token of this kind. */
async function install(machine: Machine, onHardwareMatch: OnMatch = "create", hostname = factories.unique("host")) {
  const token = await factories.enrolmentToken({ onHardwareMatch });
  const client = new DeviceClient();
  const device = { hostname, instanceId: "instance-1", ...machine };
  const answer = await ask(enrolment(client, token.secret, { device }));
  const id = answer.status === 201 ? answer.read(EnrolResult).deviceId : "";
  return { answer, client, id, token };
}

const row = async (id: string) =>
  (
    await world.database.sql`
      select name, status, possible_predecessor_id, deleted_at is not null as is_deleted from devices where id = ${id}`
  )[0];

const events = async (id: string) =>
  (
    await world.database.sql<{ eventType: string }[]>`
      select event_type from audit_logs where entity_id = ${id} order by sequence`
  ).map(({ eventType }) => eventType);

describe("known hardware with a new key", () => {
  it("becomes a device of its own that names its predecessor, and the log says so", async () => {
    const hardwareUuid = randomUUID();
    const first = await install({ hardwareUuid });
    const second = await install({ hardwareUuid });
    expect(second.id).not.toBe(first.id);
    expect(await row(second.id)).toMatchObject({ possiblePredecessorId: first.id, status: "pending" });
    expect(await row(first.id)).toMatchObject({ isDeleted: false, status: "pending" });
    expect(await events(second.id)).toEqual(["device.enrolled", "device.hardware-duplicated"]);
  });

  it("is refused where the token says so, and the token keeps its use", async () => {
    const hardwareUuid = randomUUID();
    await install({ hardwareUuid });
    const { answer, token } = await install({ hardwareUuid }, "reject");
    expect(answer).toMatchObject(refusal(409, "hardware-conflict"));
    const [{ used } = { used: -1 }] = await world.database.sql<{ used: number }[]>`
      select usage_current as used from enrolment_tokens where id = ${token.id}`;
    expect(used).toBe(0);
  });

  it("takes the place of a device not heard of for a day, where the token says so, and of no other", async () => {
    const hardwareUuid = randomUUID();
    const first = await install({ hardwareUuid }, "create", "the-old-name");
    const early = await install({ hardwareUuid }, "supersede_if_offline_24h");
    expect(await row(early.id)).toMatchObject({ possiblePredecessorId: first.id });
    await world.database.sql`update devices set last_seen_at = now() - interval '25 hours' where id = ${early.id}`;
    const late = await install({ hardwareUuid }, "supersede_if_offline_24h");
    expect(await row(late.id)).toMatchObject({ possiblePredecessorId: null });
    expect(await row(early.id)).toMatchObject({ status: "revoked", isDeleted: true });
    expect(await row(first.id)).toMatchObject({ status: "pending", isDeleted: false });
    expect(await ask(early.client.request("GET", "/self"))).toMatchObject(refusal(410, "device-retired"));
    expect(await events(late.id)).toEqual(["device.enrolled", "device.superseded"]);
    expect(await events(early.id)).toContain("device.revoked");
  });

  it("is not matched with devices that are gone for good", async () => {
    const hardwareUuid = randomUUID();
    const first = await install({ hardwareUuid });
    await world.database.sql`update devices set status = 'revoked' where id = ${first.id}`;
    const second = await install({ hardwareUuid }, "reject");
    expect(second.answer.status).toBe(201);
    expect(await row(second.id)).toMatchObject({ possiblePredecessorId: null });
  });

  it("is recognised whether the machine sends its UUID or the hash of it", async () => {
    const hardwareUuid = randomUUID();
    const first = await install({ hardwareUuid });
    const second = await install({ hardwareHash: hardwareHash(hardwareUuid.toUpperCase()) });
    expect(await row(second.id)).toMatchObject({ possiblePredecessorId: first.id });
  });
});

describe("hardware that identifies nothing", () => {
  it.each([
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "03000200-0400-0500-0006-000700080009",
    "12345678-1234-1234-1234-123456789abc",
    "To be filled by O.E.M.",
  ])("never matches: %s", async (hardwareUuid) => {
    await install({ hardwareUuid });
    const { answer, id } = await install({ hardwareUuid }, "reject");
    expect(answer.status).toBe(201);
    expect(await row(id)).toMatchObject({ possiblePredecessorId: null });
  });
});

it("shows the possible predecessor on the device's page", async () => {
  const hardwareUuid = randomUUID();
  const first = await install({ hardwareUuid }, "create", "seen-before");
  const second = await install({ hardwareUuid });
  const shown = await devices.get.execute(await world.as("device.read"), devices.get.input.parse({ id: second.id }));
  expect(shown.predecessor).toEqual({ id: first.id, name: "seen-before", status: "pending" });
});
