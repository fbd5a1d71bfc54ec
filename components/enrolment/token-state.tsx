import { StatusDot, type Tone } from "@/components/ui/badge";
import type { HardwareMatchAction } from "@/db/enums";
import type { EnrolmentToken } from "@/server/modules/enrolment/schema";

export const tokenStateLooks: Readonly<Record<EnrolmentToken["state"], { label: string; tone: Tone }>> = {
  usable: { label: "Usable", tone: "success" },
  expired: { label: "Expired", tone: "neutral" },
  exhausted: { label: "Used up", tone: "neutral" },
  revoked: { label: "Revoked", tone: "danger" },
};

export function TokenStateDot({ state }: { state: EnrolmentToken["state"] }) {
  const { label, tone } = tokenStateLooks[state];
  return <StatusDot tone={tone}>{label}</StatusDot>;
}

/** What happens when the hardware of a new device is enrolled already. */
export const hardwareMatchLabels: Readonly<Record<HardwareMatchAction, string>> = {
  create: "Enrol it as another device",
  supersede_if_offline_24h: "Take the old device’s place, if that has been offline for 24 hours",
  reject: "Refuse the enrolment",
};

/** "3 of 10". */
export const usesText = ({ usageCurrent, usageLimit }: Pick<EnrolmentToken, "usageCurrent" | "usageLimit">): string =>
  `${usageCurrent.toLocaleString("en-GB")} of ${usageLimit.toLocaleString("en-GB")}`;
