import Link from "next/link";
import type { ReactNode } from "react";
import { ephemeralText } from "@/components/enrolment/create-token-form";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { DeviceStatus } from "@/db/enums";
import type { DeviceDetail } from "@/server/modules/devices/schema";
import { DeviceLeaves } from "./device-expiry";
import { complianceLabel } from "./device-status";

const ENDED: readonly DeviceStatus[] = ["rejected", "revoked", "retired"];

/** Whether the device has applied what it should have. */
function SyncState({ status, desiredHash, appliedHash }: DeviceDetail) {
  if (ENDED.includes(status)) return <span className="text-muted">It gets none any more</span>;
  if (!desiredHash) return <Badge>Compiled at the next check-in</Badge>;
  if (!appliedHash) return <Badge tone="warning">Nothing applied yet</Badge>;
  return desiredHash === appliedHash ? (
    <Badge tone="success">In sync</Badge>
  ) : (
    <Badge tone="warning">Behind: the device has an older document</Badge>
  );
}

const Hash = ({ children }: { children: ReactNode }) => <code className="font-mono text-xs break-all">{children}</code>;

function Owner({ ownerName, ownerId }: Pick<DeviceDetail, "ownerName" | "ownerId">) {
  if (!ownerName || !ownerId) return <span className="text-muted">Nobody</span>;
  return (
    <Link href={`/devices?owner=${ownerId}`} prefetch={false} className="underline underline-offset-2">
      {ownerName}
    </Link>
  );
}

function GatewayLink({ gatewayId, gatewayName }: Pick<DeviceDetail, "gatewayId" | "gatewayName">) {
  return (
    <Link href={`/gateways/${gatewayId}`} prefetch={false} className="underline underline-offset-2">
      {gatewayName}
    </Link>
  );
}

function Approval({ approvedAt, approvedByName, status }: DeviceDetail) {
  if (approvedAt) {
    return (
      <>
        <Time value={approvedAt} /> by {approvedByName ?? "Keyward"}
      </>
    );
  }
  return status === "pending" || status === "rejected" ? "Not approved" : "Not needed: the token asked for none";
}

/** What Keyward itself knows of the device. */
export function DeviceDescription({ device }: { device: DeviceDetail }) {
  const items = [
    { label: "Owner", value: <Owner {...device} /> },
    ...(device.gatewayId ? [{ label: "Gateway", value: <GatewayLink {...device} /> }] : []),
    { label: "System", value: device.osVersion ?? device.platform },
    { label: "Agent", value: device.appVersion ? `Version ${device.appVersion}` : null },
    { label: "Last seen", value: <Time value={device.lastSeenAt} /> },
    { label: "Last address", value: device.lastSeenIp },
    {
      label: "Enrolled",
      value: (
        <>
          <Time value={device.createdAt} />
          {device.enrolledWith ? <> with “{device.enrolledWith}”</> : null}
        </>
      ),
    },
    ...(device.ephemeralTtlS === null ? [] : [{ label: "Retires", value: ephemeralText(device.ephemeralTtlS) }]),
    { label: "Approved", value: <Approval {...device} /> },
    ...(device.gatewayId || ENDED.includes(device.status)
      ? []
      : [{ label: "Leaves", value: <DeviceLeaves device={device} /> }]),
    ...(device.revokedAt ? [{ label: "Ended", value: <Time value={device.revokedAt} /> }] : []),
    { label: "Desired state", value: <SyncState {...device} /> },
    { label: "Desired", value: device.desiredHash ? <Hash>{device.desiredHash}</Hash> : null },
    { label: "Applied", value: device.appliedHash ? <Hash>{device.appliedHash}</Hash> : null },
    { label: "Compliance", value: complianceLabel(device.compliance) },
  ];
  return (
    <Card title="Device">
      <DescriptionList items={items} />
    </Card>
  );
}
