import { StatusDot, type Tone } from "@/components/ui/badge";
import type { UserStatus } from "@/db/enums";

const looks: Readonly<Record<UserStatus, { label: string; tone: Tone }>> = {
  active: { label: "Active", tone: "success" },
  invited: { label: "Invited", tone: "accent" },
  suspended: { label: "Suspended", tone: "warning" },
  deactivated: { label: "Deactivated", tone: "neutral" },
};

export const userStatusLabel = (status: UserStatus): string => looks[status].label;

export function UserStatusDot({ status }: { status: UserStatus }) {
  return <StatusDot tone={looks[status].tone}>{looks[status].label}</StatusDot>;
}
