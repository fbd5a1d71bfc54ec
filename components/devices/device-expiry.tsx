"use client";

import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { ExpiryBadge } from "@/components/tunnels/expiry-badge";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Time } from "@/components/ui/time";
import type { DeviceStatus } from "@/db/enums";
import type { DeviceDetail } from "@/server/modules/devices/schema";
import { DeviceExpiryDialog } from "./device-expiry-dialog";

const ENDED: readonly DeviceStatus[] = ["rejected", "revoked", "retired"];

/** Why nobody can say when this device leaves, whatever they may do. */
export function reasonAgainstExpiry({ status, gatewayId }: Pick<DeviceDetail, "status" | "gatewayId">): string | null {
  if (gatewayId) return "A gateway stays until it is retired or revoked";
  return ENDED.includes(status) ? "The device has left for good" : null;
}

/** When the device leaves by itself: the end that somebody set, and the first of its tunnels' where that is earlier. */
export function DeviceLeaves({
  device: { expiresAt, endsAt },
}: {
  device: Pick<DeviceDetail, "expiresAt" | "endsAt">;
}) {
  const isTunnels = endsAt !== null && endsAt.getTime() !== expiresAt?.getTime();
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Time value={expiresAt} never="When somebody ends it" format="absolute" />
      {isTunnels ? (
        <span className="text-muted">
          its first tunnel ends <Time value={endsAt} />
        </span>
      ) : null}
      <ExpiryBadge notAfter={endsAt} />
    </span>
  );
}

/** The device's time is over: what that means, and the way back. */
export function ExpiredAlert({ device }: { device: DeviceDetail }) {
  const [isOpen, setOpen] = useState(false);
  const disabledReason = useReasonAgainst("device.suspend");
  return (
    <Alert
      tone="warning"
      title="This device has expired"
      actions={
        <Button size="small" disabledReason={disabledReason} onClick={() => setOpen(true)}>
          Change when it leaves
        </Button>
      }
    >
      It left the private network <Time value={device.expiresAt} />. It checks in as before, and gets no tunnel and
      nothing through one until its end is put off.
      {isOpen ? <DeviceExpiryDialog device={device} onClose={() => setOpen(false)} /> : null}
    </Alert>
  );
}
