import { z } from "zod";
import { personOf } from "@/server/core/actor";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import * as repo from "./repo";
import { Setting, Settings, SettingTemplate, settingNames, UpdateSetting, valueSchema } from "./schema";

export const list = query({
  permission: "setting.read",
  input: z.void(),
  output: Settings,
  run: async ({ reader }) => Settings.parse(await repo.list(reader, settingNames)),
});

/** Changes one setting, within what its template lets be; it counts from the next that asks. */
export const update = command({
  permission: "setting.update",
  stepUp: "fresh",
  input: UpdateSetting,
  output: Setting,
  async run({ tx, actor, audit }, { setting: name, value }) {
    const before = await repo.lock(tx, name);
    if (!before) throw new AppError("not-found", `There is no setting ${name}.`);
    const checked = valueSchema(SettingTemplate.parse(before.template)).safeParse(value);
    if (!checked.success) {
      const message = checked.error.issues[0]?.message ?? "This value is not allowed.";
      throw new AppError("invalid", undefined, { fields: { value: message } });
    }
    await repo.update(tx, before.id, { value: checked.data, updatedBy: personOf(actor) ?? null });
    audit({ event: "setting.updated", subject: before.id, changes: { [name]: [before.value, checked.data] } });
    return Setting.parse(await repo.get(tx, name));
  },
});
