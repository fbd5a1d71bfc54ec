import { StatusDot, type Tone } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { DeviceKeyStatus } from "@/db/enums";
import type { DeviceKey } from "@/server/modules/devices/schema";

const looks: Readonly<Record<DeviceKeyStatus, { label: string; tone: Tone }>> = {
  active: { label: "Active", tone: "success" },
  retiring: { label: "Retiring", tone: "warning" },
  revoked: { label: "Revoked", tone: "danger" },
};

const algorithms: Readonly<Record<string, string>> = { ed25519: "Ed25519", "ecdsa-p256-sha256": "ECDSA P-256" };

/** The keys the device proves itself with; the thumbprint is what an agent shows with `status`. */
export function DeviceKeys({ keys }: { keys: readonly DeviceKey[] }) {
  return (
    <Card title="Keys" description="The device is whoever holds its active key; nothing else identifies it.">
      <ul className="divide-y divide-line">
        {keys.map((key) => (
          <li key={key.thumbprint} className="py-3 first:pt-0 last:pb-0">
            <div className="mb-1.5 flex flex-wrap items-center justify-between gap-x-3">
              <StatusDot tone={looks[key.status].tone}>{looks[key.status].label}</StatusDot>
              <span className="text-muted">{algorithms[key.algorithm] ?? key.algorithm}</span>
            </div>
            <div className="mb-2 flex items-center gap-1 rounded-md border border-line bg-sunken ps-2.5 pe-1">
              <code className="min-w-0 flex-1 py-1.5 font-mono text-xs break-all">{key.thumbprint}</code>
              <CopyButton text={key.thumbprint} label="Copy thumbprint" />
            </div>
            <DescriptionList
              items={[
                { label: "Since", value: <Time value={key.createdAt} /> },
                { label: "Last used", value: <Time value={key.lastUsedAt} /> },
                {
                  label: "Rotation",
                  value: key.status === "active" && key.rotateAfter ? <Time value={key.rotateAfter} /> : "—",
                },
              ]}
            />
          </li>
        ))}
      </ul>
      {keys.length === 0 ? <p className="text-muted">It has no key.</p> : null}
    </Card>
  );
}
