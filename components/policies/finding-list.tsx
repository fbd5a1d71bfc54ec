import { Alert } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import type { Finding } from "@/server/modules/policies/schema";
import { findingWords } from "./policy-words";

const keyOf = ({ kind, destination }: Finding) => `${kind} ${destination ?? ""}`;

/** Each kind of finding once, for a row of a table. */
export function FindingBadges({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <span className="text-muted">None</span>;
  return (
    <span className="inline-flex flex-wrap gap-1 max-sm:justify-end">
      {[...new Set(findings.map(({ kind }) => kind))].map((kind) => (
        <Badge key={kind} tone={findingWords[kind].tone}>
          {findingWords[kind].label}
        </Badge>
      ))}
    </span>
  );
}

/** What is odd about a policy, in words. */
export function FindingList({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <Alert tone="warning" title="Worth a look">
      <ul className="list-disc space-y-1 ps-4">
        {findings.map((finding) => (
          <li key={keyOf(finding)}>{findingWords[finding.kind].says(finding)}</li>
        ))}
      </ul>
    </Alert>
  );
}
