import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "@/server/core/operation";
import * as limit from "@/server/modules/devices/limit.service";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";
import { type SettingName, type SettingValue, settingNames } from "./schema";
import * as settings from "./service";

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.asRole("admin");
});
afterAll(() => world.end());

const all = () => settings.list.execute(admin, undefined);
const change = (name: SettingName, value: SettingValue, caller = factories.system) =>
  settings.update.execute(caller, { setting: name, value });
const valueNow = async (name: SettingName) => (await all()).find((setting) => setting.name === name)?.value;

describe("a setting", () => {
  it("is told with what it is for, what it may be and what it is where nobody changed it", async () => {
    const told = await all();
    expect(told.map(({ name }) => name)).toEqual(settingNames);
    expect(told[0]).toMatchObject({
      value: 10,
      defaultValue: 10,
      template: { type: "integer", minimum: 0, maximum: 1000 },
      changedAt: null,
      changedBy: null,
    });
    for (const { description } of told) expect(description).not.toBe("");
  });

  it("counts at once, and the log has what it was and who changed it", async () => {
    const somebody = await factories.user();
    await world.database.sql`update sessions set elevated_until = now() + interval '10 minutes'`;
    const changed = await change("device.max_per_user", 3, admin);
    expect(changed).toMatchObject({ value: 3, defaultValue: 10, changedAt: expect.any(Date) });
    expect(changed.changedBy).not.toBeNull();
    expect(await limit.allowance.execute(factories.system, { userId: somebody.id })).toMatchObject({ limit: 3 });
    const [entry] = await world.database.sql`
      select changes from audit_logs where event_type = 'setting.updated' order by sequence desc limit 1`;
    expect(entry?.changes).toEqual({ before: { "device.max_per_user": 10 }, after: { "device.max_per_user": 3 } });
  });

  it("is nothing that its template does not let be", async () => {
    const wrong: [SettingName, SettingValue][] = [
      ["device.lifetime_days", 3651],
      ["device.lifetime_days", -1],
      ["device.lifetime_days", 1.5],
      ["device.lifetime_days", true],
      ["enrolment.require_approval", 0],
    ];
    for (const [name, value] of wrong) {
      const refused = { code: "invalid", fields: { value: expect.any(String) } };
      await expect(change(name, value)).rejects.toMatchObject(refused);
    }
    expect([await valueNow("device.lifetime_days"), await valueNow("enrolment.require_approval")]).toEqual([0, true]);
  });

  it("changed by two at once is what the second made of what the first had", async () => {
    await Promise.all([change("device.lifetime_days", 30), change("device.lifetime_days", 60)]);
    const [one, two] = await world.database.sql`
      select changes from audit_logs where event_type = 'setting.updated' and changes -> 'after' ? 'device.lifetime_days'
       order by sequence`;
    expect(one?.changes.before).toEqual({ "device.lifetime_days": 0 });
    expect(two?.changes.before).toEqual(one?.changes.after);
    expect(two?.changes.after).toEqual({ "device.lifetime_days": await valueNow("device.lifetime_days") });
  });

  it("is for those to change who may, having given the password lately", async () => {
    const reader = await world.as("setting.read");
    await expect(change("device.lifetime_days", 1, reader)).rejects.toMatchObject({ code: "forbidden" });
    await world.database.sql`update sessions set elevated_until = null`;
    await expect(change("device.lifetime_days", 1, admin)).rejects.toMatchObject({ code: "step-up-required" });
  });
});
