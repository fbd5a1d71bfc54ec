"use client";

import { CodeBlock } from "@/components/ui/code-block";
import { DescriptionList } from "@/components/ui/description-list";
import { Dialog } from "@/components/ui/dialog";
import { QrCode } from "@/components/ui/qr-code";
import { SecretOnce } from "@/components/ui/secret-once";
import type { CreatedToken } from "./create-token-dialog";

interface TokenSecretDialogProps {
  created: CreatedToken;
  onStored: () => void;
}

const fileName = (name: string): string =>
  `keyward-token-${
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "new"
  }.txt`;

/** The secret of a token, this once, and what to do with it. Closes only by saying that it is stored. */
export function TokenSecretDialog({ created, onStored }: TokenSecretDialogProps) {
  const { secret, joinCommand, serverKeyId, name } = created;
  return (
    <Dialog isOpen isLocked onOpenChange={onStored} size="medium" title={`Token “${name}” created`}>
      <SecretOnce secret={secret} label="Enrolment token" fileName={fileName(name)} onStored={onStored}>
        <section className="space-y-2">
          <h3 className="font-medium">Run this on the machine, as root</h3>
          <CodeBlock text={joinCommand} label="Join command" />
          <p className="text-xs text-muted text-pretty">
            It installs the agent, enrols the machine and starts the service. The token in it is the secret above: it
            ends up in the shell's history.
          </p>
        </section>
        <details className="rounded-md border border-line px-3 py-2">
          <summary className="rounded font-medium">Show as QR code, and the server's key</summary>
          <div className="mt-3 space-y-3">
            <QrCode text={joinCommand} label="Join command" isTextHidden />
            <DescriptionList
              items={[
                { label: "Server key", value: <code className="font-mono text-xs break-all">{serverKeyId}</code> },
              ]}
            />
          </div>
        </details>
      </SecretOnce>
    </Dialog>
  );
}
