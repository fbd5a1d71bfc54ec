"use client";

import { Laptop } from "lucide-react";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useConfirm } from "@/components/ui/confirm";
import { counted } from "@/components/ui/counted";
import { Time } from "@/components/ui/time";
import { useTime } from "@/components/ui/time-context";
import type { OwnTunnel } from "@/server/modules/tunnels/schema";
import { endOf } from "./expiry";
import { ExpiryBadge } from "./expiry-badge";
import { makeProfile } from "./make-profile";
import type { MadeProfile } from "./profile-dialog";

interface OwnTunnelItemProps {
  tunnel: OwnTunnel;
  /** By how many days its owner can put the end off; null where only an administrator can. */
  lifetimeDays: number | null;
  onMade: (made: MadeProfile) => void;
}

/** One device of one's own: whether it is connected, under which addresses, and since when. */
export function OwnTunnelItem({ tunnel, lifetimeDays, onMade }: OwnTunnelItemProps) {
  const { deviceName, gatewayName, addresses, isOnline, lastHandshakeAt, deviceStatus, isOutdated } = tunnel;
  const { at } = endOf(tunnel);
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3">
      <Laptop aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="min-w-0 break-words">{deviceName}</span>
          {deviceStatus === "pending" ? <Badge tone="warning">Waits for approval</Badge> : null}
          {isOnline ? <Badge tone="success">Connected</Badge> : null}
          {isOutdated ? <Badge tone="warning">Profile out of date</Badge> : null}
          <ExpiryBadge notAfter={at} />
        </p>
        <p className="text-muted">
          {gatewayName} · <span className="font-mono text-xs">{addresses.join(", ")}</span> ·{" "}
          {lastHandshakeAt ? (
            <>
              last connected <Time value={lastHandshakeAt} />
            </>
          ) : (
            "never connected"
          )}
          {at ? (
            <>
              {" "}
              · ends <Time value={at} />
            </>
          ) : null}
        </p>
      </div>
      <div className="ms-auto flex flex-wrap gap-2">
        {at ? <ExtendButton tunnel={tunnel} lifetimeDays={lifetimeDays} /> : null}
        <TunnelActions tunnel={tunnel} onMade={onMade} />
      </div>
    </li>
  );
}

const DAY_MS = 86_400_000;
const daysUntil = (at: Date | string): number => Math.round((new Date(at).getTime() - Date.now()) / DAY_MS);

function ExtendButton({ tunnel, lifetimeDays }: Pick<OwnTunnelItemProps, "tunnel" | "lifetimeDays">) {
  const { id, deviceName, notAfter } = tunnel;
  const { now } = useTime();
  const { start, isBusy } = useAction(trpc.tunnels.extendOwn.mutate, {
    success: (extended) => `${deviceName} stays for ${counted(daysUntil(extended.notAfter), "day")} from now`,
  });
  // Within the first day there is nothing to gain yet.
  const isNew = lifetimeDays !== null && new Date(notAfter ?? 0).getTime() > now + (lifetimeDays - 1) * DAY_MS;
  const isGiven = lifetimeDays === null || endOf(tunnel).isDevices;
  const reason = isGiven ? "Only an administrator can change when it ends" : null;
  return (
    <Button
      size="small"
      aria-label={`Extend: ${deviceName}`}
      isBusy={isBusy}
      disabledReason={reason ?? (isNew ? "It was extended within the last day" : null)}
      onClick={() => start({ id })}
    >
      Extend
    </Button>
  );
}

function TunnelActions({ tunnel, onMade }: Pick<OwnTunnelItemProps, "tunnel" | "onMade">) {
  const { id, deviceName } = tunnel;
  const { now } = useTime();
  const { at, isDevices } = endOf(tunnel);
  const confirm = useConfirm();
  const renew = useAction(() => makeProfile((publicKey) => trpc.tunnels.renewKey.mutate({ id, publicKey })), {
    success: () => `${deviceName} has a new key`,
    onDone: onMade,
  });
  const end = useAction(trpc.tunnels.endOwn.mutate, { success: () => `The tunnel of ${deviceName} was ended` });
  return (
    <>
      <Button
        size="small"
        aria-label={`New profile: ${deviceName}`}
        disabledReason={isDevices && at && at.getTime() <= now ? "It has expired: ask an administrator" : null}
        onClick={() =>
          void confirm({
            title: `Make a new profile for “${deviceName}”?`,
            impact: "The profile on the device stops working at once. Install the new one in its place.",
            confirmLabel: "Make new profile",
            run: () => renew.run(),
          })
        }
      >
        New profile
      </Button>
      <Button
        size="small"
        aria-label={`End tunnel: ${deviceName}`}
        onClick={() =>
          void confirm({
            title: `End the tunnel of “${deviceName}”?`,
            impact: "The device is off the private network within seconds, and its key is never accepted again.",
            confirmLabel: "End tunnel",
            run: () => end.run({ id }),
          })
        }
      >
        End
      </Button>
    </>
  );
}
