import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read } from "@/server/core/database";
import type { DeviceId } from "@/server/core/ids";
import { GatewayState } from "@/server/modules/gateways/state.schema";
import * as gatewayState from "@/server/modules/gateways/state.service";
import { ADDRESSES, plantAccess } from "@/server/testing/access-world";
import * as factories from "@/server/testing/factories";
import { plantDevices } from "@/server/testing/networks";
import { createWorld, type World } from "@/server/testing/world";
import { ExplainAccess, ListReach, type ReachPage } from "./access.schema";
import { explain } from "./access.service";
import { compileDevices } from "./compilation.service";
import { evaluateProfile } from "./profile-evaluation";
import { reach } from "./reach.service";

let world: World;
let planted: Awaited<ReturnType<typeof plantAccess>>;
beforeAll(async () => {
  world = await createWorld();
  planted = await plantAccess(world.database);
  const over = await plantDevices(world.database.sql, 3);
  await world.database.sql`update devices set status = 'retired' where id = any(${over}::uuid[])`;
}, 120_000);
afterAll(() => world.end());

const { system } = factories;

async function explanation(input: (typeof ExplainAccess)["_zod"]["input"]) {
  const { devices, ...rest } = await explain.execute(system, ExplainAccess.parse(input));
  const [first] = devices;
  if (!first) throw new Error("No device was explained");
  return { ...rest, ...first };
}

/** Every row of the question, page by page. */
async function everybody(input: Omit<(typeof ListReach)["_zod"]["input"], "cursor" | "size">, size = 7) {
  const rows: ReachPage["rows"] = [];
  let cursor: string | null | undefined;
  let counts: ReachPage["counts"] | undefined;
  do {
    const page = await reach.execute(system, ListReach.parse({ ...input, size, cursor: cursor ?? undefined }));
    rows.push(...page.rows);
    counts = page.counts;
    expect(page.total).toBeGreaterThanOrEqual(rows.length);
    cursor = page.nextCursor;
    if (!cursor) expect(page.total).toBe(rows.length);
  } while (cursor);
  return { rows, counts };
}

const questions = ADDRESSES.flatMap((dst) => [
  { dst },
  { dst, protocol: "tcp" as const, port: 443 },
  { dst, protocol: "udp" as const, port: 5000 },
]);

describe("an explanation", () => {
  it("agrees with what gateways are told, for every device of a random world", async () => {
    const { devices, privateNetworks } = await read({ scope: "system", userId: null, isSnapshot: true }, (reader) =>
      compileDevices(reader, new Date(), { ids: planted.devices }),
    );
    const seen = new Set<string>();
    for (const { dst, protocol, port } of questions) {
      if (!protocol) continue;
      for (const id of planted.devices) {
        const { parts, reason } = await explanation({ device: id, dst, protocol, port });
        const compiled = devices.get(id);
        const rules = compiled?.profile.rules ?? [];
        const enforced = evaluateProfile({ rules, privateNetworks }, { destination: dst, protocol, port });
        const [part] = parts;
        seen.add(reason);
        if (compiled?.refusal) expect([reason, parts]).toEqual([compiled.refusal, []]);
        else expect([part?.verdict, part?.decidedBy?.policyId ?? null]).toEqual([enforced.verdict, enforced.policyId]);
      }
    }
    expect([...seen].sort()).toEqual([
      ...["default", "device_state", "expired", "gateway_off", "no_tunnel", "policy", "user_state"],
    ]);
  }, 120_000);

  it("allows nothing to whom the gateway does not let in, and something to whom it does", async () => {
    const state = await gatewayState.compile.execute(system, { id: planted.gatewayId });
    const { deviceProfiles, profiles, privateNetworks } = GatewayState.parse(JSON.parse(state.body.toString()));
    const addresses = await world.database.sql<{ deviceId: DeviceId; address: string }[]>`
      select device_id as "deviceId", host(address) as address from ip_allocations where gateway_id = ${planted.gatewayId}`;
    const addressOf = new Map(addresses.map(({ deviceId, address }) => [deviceId, address]));
    for (const id of planted.devices) {
      const rules = profiles[deviceProfiles[addressOf.get(id) ?? ""] ?? ""] ?? [];
      const packet = { destination: "10.0.0.5", protocol: "tcp" as const, port: 443 };
      const { verdict } = await explanation({ device: id, dst: "10.0.0.5", protocol: "tcp", port: 443 });
      expect(verdict).toBe(evaluateProfile({ rules, privateNetworks }, packet).verdict);
    }
  }, 60_000);

  it("of a user is one for each of their devices that is not over", async () => {
    const [owner] = planted.users;
    const answer = await explain.execute(system, ExplainAccess.parse({ user: owner, dst: "10.0.0.5" }));
    const mine = planted.devices.filter((_, n) => n % 5 === 0);
    expect(answer.devices.map(({ device }) => device.id).sort()).toEqual([...mine].sort());
    expect(answer).toMatchObject({ user: { id: owner }, total: mine.length });
    for (const each of answer.devices) {
      const { device, verdict, reason, considered } = await explanation({ device: each.device.id, dst: "10.0.0.5" });
      expect({ device, verdict, reason, considered }).toEqual({
        ...{ device: each.device, verdict: each.verdict, reason: each.reason, considered: each.considered },
      });
    }
    const { id } = await factories.user();
    expect(await explain.execute(system, ExplainAccess.parse({ user: id, dst: "10.0.0.5" }))).toMatchObject({
      ...{ devices: [], total: 0 },
    });
  });

  it("of somebody who is not there is refused", async () => {
    const nobody = crypto.randomUUID();
    for (const who of [{ device: nobody }, { user: nobody }]) {
      const asked = explain.execute(system, ExplainAccess.parse({ ...who, dst: "10.0.0.5" }));
      await expect(asked).rejects.toMatchObject({ code: "not-found" });
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["nobody", { dst: "10.0.0.5" }, "device"],
    ["a device and a user", { device: crypto.randomUUID(), user: crypto.randomUUID(), dst: "10.0.0.5" }, "device"],
    ["a network", { device: crypto.randomUUID(), dst: "10.0.0.0/8" }, "dst"],
    ["a name", { device: crypto.randomUUID(), dst: "db.example.com" }, "dst"],
    ["a port of no protocol", { device: crypto.randomUUID(), dst: "10.0.0.5", port: 443 }, "port"],
    ["port 0", { device: crypto.randomUUID(), dst: "10.0.0.5", protocol: "tcp", port: "0" }, "port"],
  ])("about %s is not asked", (_, input, field) => {
    const issues = ExplainAccess.safeParse(input).error?.issues ?? [];
    expect(issues.map(({ path }) => path[0])).toEqual([field]);
  });

  it("needs the permission to see all that it names", async () => {
    const [device] = planted.devices;
    const [user] = planted.users;
    const byDevice = ExplainAccess.parse({ device, dst: "10.0.0.5" });
    const byUser = ExplainAccess.parse({ user, dst: "10.0.0.5" });
    const attempts = [
      [explain, ["device.read", "policy.read"], byDevice],
      [explain, ["access.read", "policy.read"], byDevice],
      [explain, ["access.read", "device.read"], byDevice],
      [explain, ["access.read", "device.read", "policy.read"], byUser],
    ] as const;
    for (const [operation, permissions, input] of attempts) {
      const caller = await world.as(...permissions);
      await expect(operation.execute(caller, input)).rejects.toMatchObject({ code: "forbidden" });
    }
    const curious = await world.as("access.read", "device.read");
    await expect(reach.execute(curious, ListReach.parse({ dst: "10.0.0.5" }))).rejects.toMatchObject({
      code: "forbidden",
    });
    const allowed = await explain.execute(await world.as("access.read", "device.read", "policy.read"), byDevice);
    expect(allowed.devices).toHaveLength(1);
  });
});

describe("who can reach an address", () => {
  it("is what the explanation of every device says, page by page", async () => {
    for (const question of questions.filter((_, at) => at % 2 === 0)) {
      const { rows, counts } = await everybody(question);
      expect(rows.map(({ id }) => id).toSorted()).toEqual(planted.devices.toSorted());
      expect(rows.map(({ name }) => name)).toEqual(rows.map(({ name }) => name).toSorted());
      const found = { allow: 0, deny: 0, partly: 0 };
      for (const row of rows) {
        const answer = await explanation({ ...question, device: row.id });
        const deciding = new Set(answer.parts.flatMap(({ decidedBy }) => decidedBy?.policyId ?? []));
        const isOpen = answer.reason === "policy" || answer.reason === "default";
        expect(row).toMatchObject({ ...answer.device, verdict: answer.verdict, reason: answer.reason });
        expect(row.decidedBy.map(({ policyId }) => policyId)).toEqual(isOpen ? [...deciding] : []);
        found[row.verdict] += 1;
      }
      expect(counts).toEqual(found);
    }
  }, 300_000);

  it("is filtered by verdict and by name or owner, with totals to match", async () => {
    const question = { dst: "10.0.0.5" };
    const { rows } = await everybody(question);
    for (const verdict of ["allow", "deny", "partly"] as const) {
      const some = await everybody({ ...question, verdict });
      expect(some.rows).toEqual(rows.filter((row) => row.verdict === verdict));
    }
    const owned = await everybody({ ...question, q: rows.find(({ ownerName }) => ownerName)?.ownerName ?? "?" });
    expect(owned.rows.length).toBeGreaterThan(0);
    expect(new Set(owned.rows.map(({ ownerName }) => ownerName)).size).toBe(1);
  });
});
