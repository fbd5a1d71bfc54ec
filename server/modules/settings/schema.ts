import { z } from "zod";

/** Settings that there is a page for: those that something follows from. */
export const settingNames = ["device.max_per_user", "device.lifetime_days", "enrolment.require_approval"] as const;
export const SettingName = z.enum(settingNames);
export type SettingName = z.infer<typeof SettingName>;

/** The JSON Schemas that templates have, as far as these settings need them. */
export const SettingTemplate = z.discriminatedUnion("type", [
  z.object({ type: z.literal("integer"), minimum: z.number().int(), maximum: z.number().int() }),
  z.object({ type: z.literal("boolean") }),
]);
export type SettingTemplate = z.infer<typeof SettingTemplate>;

export const SettingValue = z.union([z.number(), z.boolean()], "Enter a number.");
export type SettingValue = z.infer<typeof SettingValue>;

/** What a template lets be. */
export function valueSchema(template: SettingTemplate): z.ZodType<SettingValue> {
  if (template.type === "boolean") return z.boolean();
  const { minimum, maximum } = template;
  const limits = `A whole number from ${minimum} to ${maximum.toLocaleString("en-GB")}.`;
  return z.number({ error: limits }).int(limits).min(minimum, limits).max(maximum, limits);
}

export const Setting = z.object({
  name: SettingName,
  description: z.string(),
  value: SettingValue,
  /** What it is where nobody changed it. */
  defaultValue: SettingValue,
  template: SettingTemplate,
  /** Null: nobody has. */
  changedAt: z.date().nullable(),
  changedBy: z.string().nullable(),
});
export type Setting = z.infer<typeof Setting>;

export const Settings = z.array(Setting);

export const UpdateSetting = z.object({ setting: SettingName, value: SettingValue });
