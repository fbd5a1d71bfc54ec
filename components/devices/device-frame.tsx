import type { ReactNode } from "react";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageTrail } from "@/components/shell/trail";
import { TagBadges } from "@/components/tags/tag-badge";
import { ExpiryBadge } from "@/components/tunnels/expiry-badge";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { PageHeader } from "@/components/ui/page-header";
import { LinkTabs } from "@/components/ui/tabs";
import { type DeviceDetail, hasExpired } from "@/server/modules/devices/schema";
import type { TagLabel } from "@/server/modules/tags/schema";
import { DeviceActionBar } from "./device-action-bar";
import { ExpiredAlert } from "./device-expiry";
import { CloneBadge, DeviceStatusBadge, deviceStatusLooks } from "./device-status";
import { PredecessorAlert } from "./predecessor-alert";

type Tab = "summary" | "network" | "packages" | "activity";

interface DeviceFrameProps {
  device: DeviceDetail;
  /** All tags, for the editor; `null` for those who may not see them. */
  tags: readonly TagLabel[] | null;
  tab: Tab;
  children: ReactNode;
}

/** What every page of a device shares: its name and state, what can be done with it, and the way to its other pages. */
export function DeviceFrame({ device, tags, tab, children }: DeviceFrameProps) {
  const base = `/devices/${device.id}`;
  // Of a device that is gone for good, no end is told.
  const isExpired = device.endsAt !== null && hasExpired(device, new Date());
  const places: { key: Tab; label: string; href: string }[] = [
    { key: "summary", label: "Summary", href: base },
    { key: "network", label: "Network", href: `${base}/network` },
    { key: "packages", label: `Packages (${device.packageCount.toLocaleString("en-GB")})`, href: `${base}/packages` },
    { key: "activity", label: "Activity", href: `${base}/activity` },
  ];
  return (
    <>
      <PageTrail title={device.name} at={base} />
      <PageHeader
        title={device.name}
        status={
          <>
            <DeviceStatusBadge status={device.status} />
            {device.isCloneSuspected ? <CloneBadge /> : null}
            <ExpiryBadge notAfter={device.endsAt} />
            {device.gatewayName ? <Badge tone="accent">Gateway {device.gatewayName}</Badge> : null}
            <TagBadges tags={device.tags} />
          </>
        }
        description={device.removedAt ? "Another device took its place." : deviceStatusLooks[device.status].means}
        actions={
          <>
            <AutoRefresh />
            {device.removedAt ? null : <DeviceActionBar device={device} tags={tags} />}
          </>
        }
      />
      <div className="space-y-5">
        {device.isCloneSuspected ? <CloneAlert flips={device.cloneFlips} /> : null}
        {isExpired ? <ExpiredAlert device={device} /> : null}
        {device.predecessor ? <PredecessorAlert device={device} predecessor={device.predecessor} /> : null}
        <LinkTabs
          label="Pages of this device"
          tabs={places.map(({ key, label, href }) => ({ label, href, isCurrent: key === tab }))}
        />
        {children}
      </div>
    </>
  );
}

function CloneAlert({ flips }: { flips: number }) {
  return (
    <Alert tone="danger" title="Two machines seem to share this device's key">
      Its process changed back and forth {flips} times, which no restart does: the disk or the key was probably copied.
      Quarantine or revoke it, find the copy, and enrol the right machine anew. Releasing it from quarantine starts the
      count again.
    </Alert>
  );
}
