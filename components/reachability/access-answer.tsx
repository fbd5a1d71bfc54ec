import Link from "next/link";
import { deviceStatusLooks } from "@/components/devices/device-status";
import { reachLooks } from "@/components/policies/policy-words";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { counted } from "@/components/ui/counted";
import { DescriptionList } from "@/components/ui/description-list";
import { EmptyState } from "@/components/ui/empty-state";
import type { AccessPart, DeviceAccess, Explanation } from "@/server/modules/policies/access.schema";
import { answerText, deciderText, otherwiseText, partText, trafficText } from "./access-words";
import { ConsideredPolicies } from "./considered-table";
import { EnforcementText, RoutesText } from "./path-texts";

/** What comes of the traffic, for each device that was asked about. */
export function AccessAnswer({ explanation }: { explanation: Explanation }) {
  const { user, devices, total } = explanation;
  if (devices.length === 0 && user) {
    return (
      <Card isFlush>
        <EmptyState
          kind="nothing-yet"
          title={`${user.name} has no devices`}
          description="Only devices reach anything. Once one of theirs has enrolled, this says what it can do."
        />
      </Card>
    );
  }
  return (
    <section aria-label="Answer" className="space-y-4">
      {user ? <UserSummary explanation={explanation} /> : null}
      {devices.map((access) => (
        <DeviceAnswer key={access.device.id} explanation={explanation} access={access} isOnly={user === null} />
      ))}
      {total > devices.length ? (
        <p className="text-muted">
          The first {devices.length} of {counted(total, "device")}. Ask about one of the others by its name.
        </p>
      ) : null}
    </section>
  );
}

function UserSummary({ explanation }: { explanation: Explanation }) {
  const { user, devices } = explanation;
  const count = (verdict: DeviceAccess["verdict"]) => devices.filter((each) => each.verdict === verdict).length;
  const all = counted(devices.length, "device");
  const parts = count("partly") > 0 ? `, ${count("partly")} more in part` : "";
  return (
    <p>
      <strong className="font-semibold">{user?.name}</strong> reaches {trafficText(explanation)} from {count("allow")}{" "}
      of {all}
      {parts}.
    </p>
  );
}

const tones = { allow: "success", deny: "danger", partly: "warning" } as const;

interface DeviceAnswerProps {
  explanation: Explanation;
  access: DeviceAccess;
  /** The device was asked about itself: everything is laid open. */
  isOnly: boolean;
}

function DeviceAnswer({ explanation, access, isOnly }: DeviceAnswerProps) {
  const { device, parts, considered, routes, enforcement, verdict } = access;
  const otherwise = otherwiseText(access);
  return (
    <Card
      title={
        <Link href={`/devices/${device.id}/network`} prefetch={false} className="underline underline-offset-2">
          {device.name}
        </Link>
      }
      description={`${deviceStatusLooks[device.status].label}, ${device.ownerName ? `of ${device.ownerName}` : "nobody’s"}. To ${trafficText(explanation)}.`}
    >
      <div className="space-y-4">
        <Alert tone={tones[verdict]} title={answerText(access)}>
          {otherwise}
        </Alert>
        {parts.length > 1 ? <Parts parts={parts} /> : null}
        <DescriptionList
          items={[
            { label: "Way there", value: <RoutesText routes={routes} dst={explanation.dst} /> },
            { label: "In force", value: <EnforcementText routes={routes} enforcement={enforcement} /> },
          ]}
        />
        {considered.length === 0 ? (
          <p className="text-muted">Policies are not asked: what comes before them has decided.</p>
        ) : isOnly ? (
          <ConsideredPolicies considered={considered} />
        ) : (
          <details>
            <summary className="text-muted">{counted(considered.length, "policy", "policies")} considered</summary>
            <div className="mt-2">
              <ConsideredPolicies considered={considered} />
            </div>
          </details>
        )}
      </div>
    </Card>
  );
}

/** Of traffic that does not all go one way: which goes where, and why. */
function Parts({ parts }: { parts: readonly AccessPart[] }) {
  return (
    <ul aria-label="Parts of the traffic" className="divide-y divide-line rounded-md border border-line">
      {parts.map((part) => (
        <li key={partText(part)} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
          <span className="w-36 font-medium">{partText(part)}</span>
          <Badge tone={reachLooks[part.verdict].tone}>{reachLooks[part.verdict].label}</Badge>
          <span className="min-w-0 flex-1 basis-48 break-words text-muted">
            {part.decidedBy ? deciderText(part.decidedBy) : "no policy matches"}
          </span>
        </li>
      ))}
    </ul>
  );
}
