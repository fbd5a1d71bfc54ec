"use client";

import Link from "next/link";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { DeviceStatusDot } from "@/components/devices/device-status";
import type { CreatedToken } from "@/components/enrolment/create-token-dialog";
import { TokenSecretDialog } from "@/components/enrolment/token-secret-dialog";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Time } from "@/components/ui/time";
import type { GatewayDetail } from "@/server/modules/gateways/schema";

const ENDED = ["rejected", "revoked", "retired"];

/** The machine that is the gateway, and how one becomes it. */
export function GatewayMachine({ gateway }: { gateway: GatewayDetail }) {
  const { device, token } = gateway;
  const isHeld = device !== null && !ENDED.includes(device.status);
  return (
    <Card
      title="Machine"
      description="One Linux machine is the gateway. Its keys are made there and stay there."
      actions={<Invitation gateway={gateway} isHeld={isHeld} />}
    >
      {device ? (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Link href={`/devices/${device.id}`} prefetch={false} className="font-medium underline underline-offset-2">
            {device.name}
          </Link>
          <DeviceStatusDot status={device.status} />
        </p>
      ) : (
        <p className="text-muted">None has enrolled yet.</p>
      )}
      {token ? (
        <p className="mt-2 text-muted">
          A token that was made can be used until <Time value={token.expiresAt} format="absolute" />.
        </p>
      ) : null}
    </Card>
  );
}

function Invitation({ gateway, isHeld }: { gateway: GatewayDetail; isHeld: boolean }) {
  const [created, setCreated] = useState<CreatedToken | null>(null);
  const reason = useReasonAgainst("gateway.update");
  const { id } = gateway;
  const invite = useAction(() => trpc.gateways.invite.mutate({ id }), {
    onDone: ({ secret, serverKeyId, joinCommand, token: { name } }) =>
      setCreated({ secret, serverKeyId, joinCommand, name }),
  });
  const withdraw = useAction(() => trpc.gateways.withdraw.mutate({ id }), { success: "Token taken back" });
  const held = isHeld ? "A machine is this gateway already: retire or revoke it first" : null;
  return (
    <>
      {gateway.token ? (
        <Button disabledReason={reason} isBusy={withdraw.isBusy} onClick={() => withdraw.start()}>
          Take token back
        </Button>
      ) : null}
      <Button
        variant={isHeld ? undefined : "primary"}
        disabledReason={reason ?? held}
        isBusy={invite.isBusy}
        onClick={() => invite.start()}
      >
        Enrol a machine
      </Button>
      {created ? <TokenSecretDialog created={created} onStored={() => setCreated(null)} /> : null}
    </>
  );
}
