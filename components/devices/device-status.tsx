import { CopyX } from "lucide-react";
import { Badge, StatusDot, type Tone } from "@/components/ui/badge";
import type { ComplianceState, DeviceStatus } from "@/db/enums";

interface StatusLook {
  label: string;
  tone: Tone;
  /** What it means for the device. */
  means: string;
}

/** The states of a device as people read them. */
export const deviceStatusLooks: Readonly<Record<DeviceStatus, StatusLook>> = {
  pending: { label: "Pending", tone: "warning", means: "Waits for approval; it gets nothing until then." },
  active: { label: "Active", tone: "success", means: "Checks in and follows its desired state." },
  suspended: { label: "Suspended", tone: "neutral", means: "Refused until somebody resumes it." },
  quarantined: { label: "Quarantined", tone: "warning", means: "May check in, but gets an empty desired state." },
  rejected: { label: "Rejected", tone: "danger", means: "Its key is never accepted again." },
  revoked: { label: "Revoked", tone: "danger", means: "Cut off for good; its keys are dead." },
  retired: {
    label: "Retired",
    tone: "neutral",
    means: "Out of service: it unenrolled itself, or was not heard of in time.",
  },
};

export function DeviceStatusDot({ status }: { status: DeviceStatus }) {
  const { label, tone } = deviceStatusLooks[status];
  return <StatusDot tone={tone}>{label}</StatusDot>;
}

/** The state as a badge with its meaning on hover, beside a heading. */
export function DeviceStatusBadge({ status }: { status: DeviceStatus }) {
  const { label, tone, means } = deviceStatusLooks[status];
  return (
    <span title={means} className="inline-flex">
      <Badge tone={tone}>{label}</Badge>
    </span>
  );
}

/** Two holders of one key were seen. */
export function CloneBadge() {
  return (
    <span title="Two processes use this device's key in turn: its disk may have been copied." className="inline-flex">
      <Badge tone="danger" icon={<CopyX aria-hidden />}>
        Clone suspected
      </Badge>
    </span>
  );
}

const complianceLabels: Readonly<Record<ComplianceState, string>> = {
  failed: "Failed",
  drifted: "Drifted",
  pending: "Not reported yet",
  compliant: "Compliant",
};

export const complianceLabel = (state: ComplianceState): string => complianceLabels[state];
