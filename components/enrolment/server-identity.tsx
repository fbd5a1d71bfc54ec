import { Card } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import type { JoinInfo } from "@/server/modules/enrolment/schema";

/** By what agents know this server: compared once by whoever sets a machine up without a pinned key. */
export function ServerIdentity({ joinInfo: { url, serverKeyIds } }: { joinInfo: JoinInfo }) {
  return (
    <Card
      title="This server, as agents see it"
      description="An agent that joins without a pinned key shows the key it trusts: it must be one of these."
    >
      <dl className="grid gap-x-6 gap-y-3 lg:grid-cols-2">
        <Copyable label="Address" text={url} />
        {serverKeyIds.map((kid, at) => (
          <Copyable key={kid} label={at === 0 ? "Server key" : "Next or earlier server key"} text={kid} />
        ))}
      </dl>
    </Card>
  );
}

function Copyable({ label, text }: { label: string; text: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{label}</dt>
      <dd className="flex items-center gap-1">
        <code className="min-w-0 font-mono text-xs break-all">{text}</code>
        <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
      </dd>
    </div>
  );
}
