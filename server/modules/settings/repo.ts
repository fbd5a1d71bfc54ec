import { and, eq, inArray, sql } from "drizzle-orm";
import { settingTemplates, systemSettings, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import type { SettingName, SettingValue } from "./schema";

const name = sql<SettingName>`${systemSettings.category} || '.' || ${systemSettings.key}`;

const selected = (reader: Reader | Tx, names: readonly SettingName[]) =>
  reader
    .select({
      id: systemSettings.id,
      name,
      description: settingTemplates.description,
      value: systemSettings.value,
      defaultValue: settingTemplates.defaultValue,
      template: settingTemplates.validationSchema,
      changedAt:
        sql<Date | null>`case when ${systemSettings.updatedBy} is not null then ${systemSettings.updatedAt} end`.mapWith(
          systemSettings.updatedAt,
        ),
      changedBy: sql<string | null>`${users.username}::text`,
    })
    .from(systemSettings)
    .innerJoin(
      settingTemplates,
      and(eq(settingTemplates.category, systemSettings.category), eq(settingTemplates.key, systemSettings.key)),
    )
    .leftJoin(users, eq(users.id, systemSettings.updatedBy))
    .where(inArray(name, [...names]));

export async function list(reader: Reader, names: readonly SettingName[]) {
  const rows = await selected(reader, names);
  return rows.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}

export async function get(tx: Tx, one: SettingName) {
  const [row] = await selected(tx, [one]);
  return row;
}

/** The setting, held: of two who change it at once, the second sees what the first made of it. */
export async function lock(tx: Tx, one: SettingName) {
  await tx.select({ id: systemSettings.id }).from(systemSettings).where(eq(name, one)).for("update");
  return get(tx, one);
}

export async function update(
  tx: Tx,
  id: string,
  { value, updatedBy }: { value: SettingValue; updatedBy: string | null },
): Promise<void> {
  await tx.update(systemSettings).set({ value, updatedBy }).where(eq(systemSettings.id, id));
}
