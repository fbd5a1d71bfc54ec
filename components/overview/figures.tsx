import Link from "next/link";
import type { Permission } from "@/server/core/permissions";
import type { Overview } from "@/server/modules/overview/schema";

interface Figure {
  label: string;
  value: number;
  detail: string;
  href: string;
  /** Whoever lacks it sees the number and no link. */
  permission: Permission;
}

const number = (value: number): string => value.toLocaleString("en-GB");

/** Where the gateways that need somebody are; else all of them. */
function gatewaysFigure({ total, offline, error }: Overview["gateways"]): Figure {
  const troubles = [
    { count: error, text: `${number(error)} in error`, href: "/gateways?state=error" },
    { count: offline, text: `${number(offline)} offline`, href: "/gateways?state=offline" },
  ].filter(({ count }) => count > 0);
  const fine = total > 0 ? "None is offline or in error" : "There is no private network yet";
  return {
    label: "Gateways",
    value: total,
    detail: troubles.map(({ text }) => text).join(", ") || fine,
    href: troubles[0]?.href ?? "/gateways",
    permission: "gateway.read",
  };
}

function figuresOf({ devices, devicesOnline, gateways, users, sessions, usableTokens }: Overview): Figure[] {
  const live = devices.active + devices.quarantined + devices.suspended;
  return [
    {
      label: "Devices",
      value: live,
      detail: `${number(devicesOnline)} seen in the last 10 minutes`,
      href: "/devices",
      permission: "device.read",
    },
    {
      label: "Waiting for approval",
      value: devices.pending,
      detail: devices.pending > 0 ? "Look at them now" : "Nobody waits",
      href: "/devices?status=pending",
      permission: "device.read",
    },
    gatewaysFigure(gateways),
    {
      label: "Users",
      value: users.active,
      detail: `${number(users.invited)} invited, ${number(users.suspended)} suspended`,
      href: "/users",
      permission: "user.read",
    },
    {
      label: "Sessions",
      value: sessions,
      detail: "Signed in now",
      href: "/sessions",
      permission: "session.read",
    },
    {
      label: "Usable tokens",
      value: usableTokens,
      detail: usableTokens > 0 ? "Machines can join with them" : "No machine can join",
      href: "/enrolment?state=usable",
      permission: "enrolment-token.read",
    },
  ];
}

interface FiguresProps {
  overview: Overview;
  permissions: ReadonlySet<Permission>;
}

/** The organisation in numbers, each leading to what it counts. */
export function Figures({ overview, permissions }: FiguresProps) {
  return (
    <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      {figuresOf(overview).map((figure) => (
        <li
          key={figure.label}
          className="relative rounded-lg border border-line bg-surface px-4 py-3 has-[a:hover]:bg-hover"
        >
          <p className="text-muted">
            {permissions.has(figure.permission) ? (
              <Link href={figure.href} prefetch={false} className="rounded after:absolute after:inset-0">
                {figure.label}
              </Link>
            ) : (
              figure.label
            )}
          </p>
          <p className="mt-0.5 text-2xl font-semibold tracking-tight tabular-nums">{number(figure.value)}</p>
          <p className="mt-0.5 text-xs text-muted text-pretty">{figure.detail}</p>
        </li>
      ))}
    </ul>
  );
}
