import Link from "next/link";
import { Badge, type Tone } from "@/components/ui/badge";
import { ListCard } from "@/components/ui/list-card";
import { Time } from "@/components/ui/time";
import type { EnrolmentTokenUse } from "@/server/modules/enrolment/schema";

const outcomes: Readonly<Record<string, { label: string; tone: Tone }>> = {
  enrolled: { label: "Enrolled", tone: "success" },
  repeated: { label: "Asked again", tone: "neutral" },
  expired: { label: "Refused: expired", tone: "danger" },
  exhausted: { label: "Refused: used up", tone: "danger" },
  revoked: { label: "Refused: revoked", tone: "danger" },
  address_refused: { label: "Refused: address", tone: "danger" },
  hardware_conflict: { label: "Refused: hardware", tone: "danger" },
};

/** Who joined with the token, newest first. */
export function TokenUses({ uses }: { uses: readonly EnrolmentTokenUse[] }) {
  return (
    <ListCard
      title="Uses"
      description="The last hundred."
      items={uses}
      empty={{
        title: "Nobody has used it yet",
        description: "Run the join command on a machine; it shows up here within seconds.",
      }}
    >
      {(use) => (
        <li key={use.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
          <Device {...use} />
          <Outcome outcome={use.outcome} />
          <span className="text-muted">
            {use.ipAddress ? <span className="font-mono text-xs">{use.ipAddress}</span> : null}{" "}
            <Time value={use.createdAt} />
          </span>
        </li>
      )}
    </ListCard>
  );
}

function Device({ deviceId, deviceName }: EnrolmentTokenUse) {
  if (!deviceId) return <span className="min-w-0 flex-1 basis-40 text-muted">No device</span>;
  return (
    <span className="min-w-0 flex-1 basis-40">
      <Link
        href={`/devices/${deviceId}`}
        prefetch={false}
        className="font-medium break-words underline-offset-2 hover:underline"
      >
        {deviceName ?? "A device"}
      </Link>
    </span>
  );
}

function Outcome({ outcome }: { outcome: string }) {
  const { label, tone } = outcomes[outcome] ?? { label: outcome, tone: "neutral" };
  return <Badge tone={tone}>{label}</Badge>;
}
