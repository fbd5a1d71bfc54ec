import type { ConfirmRequest } from "@/components/ui/confirm-dialog";
import type { DeviceStatus } from "@/db/enums";
import type { Permission } from "@/server/core/permissions";

/** What an action must know of a device; the counts are known on the device's own page only. */
export interface ActionDevice {
  id: string;
  name: string;
  status: DeviceStatus;
  tunnels?: number;
  certificates?: number;
}

export const actionKeys = ["approve", "reject", "resume", "release", "suspend", "quarantine", "revoke"] as const;
export type ActionKey = (typeof actionKeys)[number];

interface DeviceAction {
  label: string;
  permission: Permission;
  /** The states it leads out of; elsewhere it is not offered. */
  from: readonly DeviceStatus[];
  /** What the toast says of it. */
  done: string;
  look?: "primary" | "danger";
  /** Asks first, with the object and the impact. */
  confirm?: (device: ActionDevice) => Omit<ConfirmRequest, "run">;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What a revocation ends, as far as it is known. */
export function revocationImpact({ tunnels, certificates }: ActionDevice): string {
  const hanging = [
    tunnels ? counted(tunnels, "tunnel drops", "tunnels drop") : null,
    certificates ? counted(certificates, "certificate is revoked", "certificates are revoked") : null,
  ].filter(Boolean);
  const more = hanging.length > 0 ? ` ${hanging.join(" and ")} with it.` : "";
  return `Its keys stop working at once and its next request is told that it is gone.${more} This cannot be undone: the machine comes back only with a new key and a new token.`;
}

export const deviceActions: Readonly<Record<ActionKey, DeviceAction>> = {
  approve: { label: "Approve", permission: "device.approve", from: ["pending"], done: "approved", look: "primary" },
  reject: {
    label: "Reject",
    permission: "device.approve",
    from: ["pending"],
    done: "rejected",
    look: "danger",
    confirm: ({ name }) => ({
      title: `Reject ${name}?`,
      impact: "It never becomes active, and its key is never accepted again. This cannot be undone.",
      confirmLabel: "Reject device",
    }),
  },
  resume: { label: "Resume", permission: "device.suspend", from: ["suspended"], done: "resumed", look: "primary" },
  release: {
    label: "Release",
    permission: "device.quarantine",
    from: ["quarantined"],
    done: "released from quarantine",
    look: "primary",
    confirm: ({ name }) => ({
      title: `Release ${name} from quarantine?`,
      impact: "It gets its desired state again, and what was noted about a second holder of its key is forgotten.",
      confirmLabel: "Release device",
      tone: "primary",
    }),
  },
  suspend: {
    label: "Suspend",
    permission: "device.suspend",
    from: ["active"],
    done: "suspended",
    confirm: ({ name }) => ({
      title: `Suspend ${name}?`,
      impact: "It is refused from its next request on, until somebody resumes it. Its key and history stay.",
      confirmLabel: "Suspend device",
    }),
  },
  quarantine: {
    label: "Quarantine",
    permission: "device.quarantine",
    from: ["active"],
    done: "quarantined",
    confirm: ({ name }) => ({
      title: `Quarantine ${name}?`,
      impact: "It may still check in and report, but gets nothing to do until somebody releases it.",
      confirmLabel: "Quarantine device",
    }),
  },
  revoke: {
    label: "Revoke",
    permission: "device.revoke",
    // Pending ones can be revoked, too, but to reject them is the same for the device.
    from: ["active", "suspended", "quarantined"],
    done: "revoked",
    look: "danger",
    confirm: (device) => ({
      title: `Revoke ${device.name}?`,
      impact: revocationImpact(device),
      confirmLabel: "Revoke device",
      typeToConfirm: device.name,
    }),
  },
};

/** What can be done with a device in its state, the likeliest first. */
export const actionsFrom = (status: DeviceStatus): ActionKey[] =>
  actionKeys.filter((key) => deviceActions[key].from.includes(status));
