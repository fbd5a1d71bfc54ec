"use client";

import { useReasonAgainst } from "@/components/access/can";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { DeviceId } from "@/server/core/ids";
import { type ActionDevice, type ActionKey, actionsFrom, deviceActions } from "./device-actions";

export interface OfferedAction {
  key: ActionKey;
  label: string;
  look: "primary" | "danger" | undefined;
  disabledReason: string | null;
  start: () => void;
}

function useReasons() {
  return {
    "device.approve": useReasonAgainst("device.approve"),
    "device.suspend": useReasonAgainst("device.suspend"),
    "device.quarantine": useReasonAgainst("device.quarantine"),
    "device.revoke": useReasonAgainst("device.revoke"),
  } as const;
}

async function move(key: ActionKey, device: ActionDevice): Promise<string> {
  await trpc.devices[key].mutate({ id: device.id as DeviceId });
  return `${device.name} ${deviceActions[key].done}`;
}

const problems = { conflict: "The device changed in the meantime", "not-found": "The device is gone" };

/** What may be done with a device now, each asking first where it should. */
export function useDeviceActions() {
  const confirm = useConfirm();
  const reasons: Readonly<Partial<Record<string, string | null>>> = useReasons();
  const { run, start, isBusy } = useAction(move, { success: (text) => text, problems });
  const offered = (device: ActionDevice): OfferedAction[] =>
    actionsFrom(device.status).map((key) => {
      const { label, permission, look, confirm: question } = deviceActions[key];
      return {
        key,
        label,
        look,
        disabledReason: reasons[permission] ?? null,
        start: () => {
          if (question) void confirm({ ...question(device), run: () => run(key, device) });
          else start(key, device);
        },
      };
    });
  return { offered, isBusy };
}
