import Link from "next/link";
import { DeviceStatusDot, deviceStatusLooks } from "@/components/devices/device-status";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { type DeviceStatus, deviceStatuses } from "@/db/enums";

const fills = {
  neutral: "fill-control",
  accent: "fill-accent-ink",
  success: "fill-success",
  warning: "fill-warning",
  danger: "fill-danger",
} as const;

interface DevicesByStatusProps {
  devices: Readonly<Record<DeviceStatus, number>>;
  isLinked: boolean;
}

/** How many devices are in which state: a bar, and the numbers that lead to the devices. */
export function DevicesByStatus({ devices, isLinked }: DevicesByStatusProps) {
  const present = deviceStatuses.filter((status) => devices[status] > 0);
  const total = present.reduce((sum, status) => sum + devices[status], 0);
  if (total === 0) {
    return (
      <Card title="Devices by status">
        <EmptyState kind="nothing-yet" title="No devices yet" />
      </Card>
    );
  }
  return (
    <Card title="Devices by status" description={`${total.toLocaleString("en-GB")} in all`}>
      <StatusBar devices={devices} present={present} total={total} />
      <ul className="mt-3">
        {present.map((status) => (
          <li key={status} className="relative flex items-center justify-between gap-4 rounded py-1.5">
            <DeviceStatusDot status={status} />
            {isLinked ? (
              <Link
                href={`/devices?status=${status}`}
                prefetch={false}
                className="rounded underline-offset-2 tabular-nums after:absolute after:inset-0 hover:underline"
              >
                {devices[status].toLocaleString("en-GB")}
                <span className="sr-only"> devices {deviceStatusLooks[status].label.toLowerCase()}</span>
              </Link>
            ) : (
              <span className="tabular-nums">{devices[status].toLocaleString("en-GB")}</span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface StatusBarProps {
  devices: Readonly<Record<DeviceStatus, number>>;
  present: readonly DeviceStatus[];
  total: number;
}

function StatusBar({ devices, present, total }: StatusBarProps) {
  const before = (at: number) => present.slice(0, at).reduce((sum, status) => sum + devices[status], 0);
  return (
    <svg aria-hidden viewBox={`0 0 ${total} 1`} preserveAspectRatio="none" className="h-2 w-full rounded-full">
      {present.map((status, at) => (
        <rect
          key={status}
          x={before(at)}
          width={devices[status]}
          height="1"
          className={fills[deviceStatusLooks[status].tone]}
        />
      ))}
    </svg>
  );
}
