"use client";

import { useReasonAgainst } from "@/components/access/can";
import type { BulkAction, BulkSelection } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { DeviceSelection, MovedDevices } from "@/server/modules/devices/schema";
import { ActionIcon } from "./action-icon";
import { deviceActions } from "./device-actions";

const keys = ["approve", "suspend", "revoke"] as const;
type BulkKey = (typeof keys)[number];

const impacts: Readonly<Record<BulkKey, string>> = {
  approve: "Those that wait for approval become active and get their desired state. Others are left alone.",
  suspend: "Those that are active or quarantined are refused until somebody resumes them. Others are left alone.",
  revoke: "Their keys stop working at once, with their tunnels and certificates. This cannot be undone.",
};

const devices = (count: number): string => `${count.toLocaleString("en-GB")} ${count === 1 ? "device" : "devices"}`;

/** The filter comes out of the address this very list was read with, so that the server knows its shape. */
const selected = (selection: BulkSelection) => selection as DeviceSelection;

async function moveMany(key: BulkKey, selection: BulkSelection): Promise<MovedDevices & { key: BulkKey }> {
  const moved = await trpc.devices[`${key}Many`].mutate(selected(selection));
  return { ...moved, key };
}

function outcome({ key, moved, left }: MovedDevices & { key: BulkKey }): string {
  const done = `${devices(moved)} ${deviceActions[key].done}`;
  return left > 0 ? `${done}, ${left.toLocaleString("en-GB")} left as they are` : done;
}

/** Approve, suspend and revoke for what is chosen in the list. */
export function useBulkActions(): BulkAction[] {
  const confirm = useConfirm();
  const reasons = {
    approve: useReasonAgainst("device.approve"),
    suspend: useReasonAgainst("device.suspend"),
    revoke: useReasonAgainst("device.revoke"),
  };
  const { run } = useAction(moveMany, { success: outcome, problems: { conflict: "The list changed in the meantime" } });
  return keys.map((key) => {
    const { label, look } = deviceActions[key];
    return {
      key,
      label,
      icon: <ActionIcon action={key} />,
      isDanger: look === "danger",
      disabledReason: reasons[key],
      run: (selection, count) =>
        confirm({
          title: `${label} ${devices(count)}?`,
          impact: impacts[key],
          confirmLabel: `${label} ${devices(count)}`,
          tone: key === "approve" ? "primary" : "danger",
          typeToConfirm: key === "revoke" ? `revoke ${count.toString()}` : undefined,
          run: () => run(key, selection),
        }),
    };
  });
}
