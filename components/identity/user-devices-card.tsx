import Link from "next/link";
import { DeviceStatusDot } from "@/components/devices/device-status";
import { ExpiryBadge } from "@/components/tunnels/expiry-badge";
import { LinkButton } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import { Time } from "@/components/ui/time";
import type { Device } from "@/server/modules/devices/schema";
import type { User } from "@/server/modules/identity/schema";

interface UserDevicesCardProps {
  user: Pick<User, "id" | "devices">;
  /** The first few. */
  devices: readonly Device[];
}

/** The devices a user owns. */
export function UserDevicesCard({ user, devices }: UserDevicesCardProps) {
  return (
    <ListCard
      title="Devices"
      items={devices}
      empty={{ title: "No devices", description: "A device that enrols for this user shows here." }}
      actions={
        <LinkButton size="small" href={`/devices?owner=${user.id}`}>
          All devices
        </LinkButton>
      }
    >
      {({ id, name, status, osVersion, endsAt, lastSeenAt }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
          <Link
            href={`/devices/${id}`}
            prefetch={false}
            className="min-w-0 flex-1 basis-40 rounded font-medium break-words underline-offset-2 hover:underline"
          >
            {name}
          </Link>
          {osVersion ? <span className="text-muted">{osVersion}</span> : null}
          <DeviceStatusDot status={status} />
          <ExpiryBadge notAfter={endsAt} />
          <span className="text-muted">
            <Time value={lastSeenAt} never="Never seen" />
          </span>
        </li>
      )}
    </ListCard>
  );
}
