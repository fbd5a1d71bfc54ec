"use client";

import Link from "next/link";
import { useReasonAgainst } from "@/components/access/can";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { useConfirm } from "@/components/ui/confirm";
import type { DeviceDetail } from "@/server/modules/devices/schema";
import { deviceStatusLooks } from "./device-status";

interface PredecessorAlertProps {
  device: Pick<DeviceDetail, "id" | "name" | "status">;
  predecessor: NonNullable<DeviceDetail["predecessor"]>;
}

/** The same hardware under an older key: most likely this machine before it was reinstalled. */
export function PredecessorAlert({ device, predecessor }: PredecessorAlertProps) {
  const confirm = useConfirm();
  const reason = useReasonAgainst("device.supersede");
  const { run } = useAction(() => trpc.devices.supersede.mutate({ id: device.id }), {
    success: ({ name }) => `The device took the place of ${name}`,
  });
  const ask = () =>
    confirm({
      title: `Let ${device.name} take the place of ${predecessor.name}?`,
      impact: `It gets that device's name, owner, tags and addresses; its own key takes over the tunnel. ${predecessor.name} is revoked with its keys and leaves the list; its history stays. This cannot be undone.`,
      confirmLabel: "Take its place",
      run,
    });
  return (
    <Alert
      tone="warning"
      title="This looks like a machine that was reinstalled"
      actions={
        <Button size="small" onClick={ask} disabledReason={reason}>
          Take the place of {predecessor.name}
        </Button>
      }
    >
      The same hardware is enrolled as{" "}
      <Link href={`/devices/${predecessor.id}`} prefetch={false} className="font-medium underline">
        {predecessor.name}
      </Link>{" "}
      ({deviceStatusLooks[predecessor.status].label.toLowerCase()}). Hardware says nothing for certain: compare before
      you let it take over.
    </Alert>
  );
}
