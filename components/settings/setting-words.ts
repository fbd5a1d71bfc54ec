import { counted } from "@/components/ui/counted";
import type { SettingName, SettingValue } from "@/server/modules/settings/schema";

/** What people call a setting. */
export const settingLabels: Readonly<Record<SettingName, string>> = {
  "device.max_per_user": "Devices of one user",
  "device.lifetime_days": "Time until a device has to be extended",
  "enrolment.require_approval": "Approval of devices that people add",
};

/** A value in words. */
export function valueText(name: SettingName, value: SettingValue): string {
  if (typeof value === "boolean") return value ? "Needed" : "Not needed";
  if (name === "device.lifetime_days") return value === 0 ? "Without end" : counted(value, "day");
  return counted(value, "device");
}
