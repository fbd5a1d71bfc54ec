"use client";

import { useCan } from "@/components/access/can";
import { CheckboxField } from "@/components/form/fields";
import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { counted } from "@/components/ui/counted";
import type { Finding } from "@/server/modules/policies/schema";
import { FindingList } from "./finding-list";
import { reachLooks, trafficText } from "./policy-words";
import { type FoundPreview, type PreviewState, usePreview } from "./use-preview";

const silence: Readonly<Record<"unchanged" | "incomplete", string>> = {
  unchanged: "Change something to see who gains and who loses access, before it is saved.",
  incomplete: "Once the fields above are complete, this shows who gains and who loses access.",
};

interface PolicyPreviewProps {
  /** Null for a new policy. */
  id: string | null;
  /** Of the policy as it is saved, shown until there is something newer. */
  findings: readonly Finding[];
}

/** Who gains and loses what by saving, which tests would fail, and what is odd about the policy. */
export function PolicyPreview({ id, findings }: PolicyPreviewProps) {
  const preview = usePreview(id);
  const found = "found" in preview ? preview.found : null;
  return (
    <>
      <FindingList findings={found?.findings ?? findings} />
      {found && found.failedTests.length > 0 ? <FailedTests tests={found.failedTests} /> : null}
      <Card
        title="Preview"
        description="Active devices, compared with the policies in force now."
        isFlush={hasRows(found)}
      >
        <div role="status" className={hasRows(found) ? "px-4 py-3" : undefined}>
          <Summary preview={preview} />
        </div>
        {found && hasRows(found) ? <Changes found={found} /> : null}
      </Card>
    </>
  );
}

const hasRows = (found: FoundPreview | null): boolean => (found?.changes.length ?? 0) > 0;

function Summary({ preview }: { preview: PreviewState }) {
  if (preview.state === "failed") return <p>{preview.message}</p>;
  if (!("found" in preview)) return <p className="text-muted">{silence[preview.state]}</p>;
  const { found } = preview;
  if (!found) return <p className="text-muted">Working it out…</p>;
  if (found.devices === 0) return <p>Nobody gains or loses anything.</p>;
  const parts = [
    found.gains > 0 ? `${counted(found.gains, "destination")} opened` : null,
    found.losses > 0 ? `${counted(found.losses, "destination")} closed` : null,
  ].filter(Boolean);
  return (
    <p>
      <strong className="font-semibold">{counted(found.devices, "device")}</strong>: {parts.join(", ")}, counted once
      for each device.
    </p>
  );
}

function Changes({ found }: { found: FoundPreview }) {
  const hidden = countOf(found) - found.changes.length;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section aria-label="Changes" tabIndex={0} className="max-h-96 overflow-auto border-t border-line">
        <table className="w-full text-start">
          <thead className="sticky top-0 bg-surface text-muted">
            <tr>
              {["Device", "Destination", "Before", "After"].map((title) => (
                <th key={title} scope="col" className="px-4 py-2 text-start font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {found.changes.map((change) => (
              <ChangeRow key={`${change.deviceId} ${change.destination} ${trafficText(change)}`} change={change} />
            ))}
          </tbody>
        </table>
      </section>
      {hidden > 0 ? (
        <p className="border-t border-line px-4 py-2 text-muted">And {hidden.toLocaleString("en-GB")} more.</p>
      ) : null}
    </>
  );
}

/** A pair of device and destination may gain in one part and lose in another: it is one row and counts in both. */
const countOf = ({ gains, losses, changes }: FoundPreview): number =>
  gains + losses - changes.filter((change) => change.gains && change.loses).length;

function ChangeRow({ change }: { change: FoundPreview["changes"][number] }) {
  const { deviceName, ownerName, destination, before, after } = change;
  return (
    <tr>
      <th scope="row" className="px-4 py-2 text-start font-normal break-words">
        {deviceName}
        {ownerName ? <span className="block text-xs text-muted">{ownerName}</span> : null}
      </th>
      <td className="px-4 py-2">
        <code className="font-mono text-xs break-all">{destination}</code>
        <span className="block text-xs text-muted">{trafficText(change)}</span>
      </td>
      {[before, after].map((reach, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the two are before and after
        <td key={at} className="px-4 py-2">
          <Badge tone={reachLooks[reach].tone}>{reachLooks[reach].label}</Badge>
        </td>
      ))}
    </tr>
  );
}

function FailedTests({ tests }: { tests: FoundPreview["failedTests"] }) {
  const mayOverride = useCan("policy.override");
  return (
    <Alert tone="danger" title={`${counted(tests.length, "policy test")} would fail, so that saving is refused`}>
      <ul className="list-disc ps-4">
        {tests.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      <div className="mt-2">
        {mayOverride ? (
          <CheckboxField
            name="isOverride"
            label="Save although they fail"
            description="This goes on record, with the tests that fail."
          />
        ) : (
          "Change the policy or what the tests expect. Your roles do not allow saving all the same."
        )}
      </div>
    </Alert>
  );
}
