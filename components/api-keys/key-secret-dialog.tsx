"use client";

import { CodeBlock } from "@/components/ui/code-block";
import { Dialog } from "@/components/ui/dialog";
import { SecretOnce } from "@/components/ui/secret-once";

/** What it shows of the answer. */
export interface CreatedKey {
  name: string;
  secret: string;
}

interface KeySecretDialogProps {
  created: CreatedKey;
  onStored: () => void;
}

const fileName = (name: string): string =>
  `keyward-api-key-${
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "new"
  }.txt`;

/** A key, this once, and how it is used. Closes only by saying that it is stored. */
export function KeySecretDialog({ created: { name, secret }, onStored }: KeySecretDialogProps) {
  const example = `curl -H "Authorization: Bearer $KEYWARD_API_KEY" ${window.location.origin}/api/v1/devices`;
  return (
    <Dialog isOpen isLocked onOpenChange={onStored} size="medium" title={`API key “${name}” created`}>
      <SecretOnce secret={secret} label="Key" fileName={fileName(name)} onStored={onStored}>
        <section className="space-y-2">
          <h3 className="font-medium">How a program uses it</h3>
          <CodeBlock text={example} label="Example" />
          <p className="text-xs text-muted text-pretty">
            What can be asked is in the{" "}
            <a
              className="rounded text-accent-ink underline underline-offset-2"
              href="/api/v1/openapi.json"
              target="_blank"
              rel="noreferrer"
            >
              OpenAPI document
            </a>
            .
          </p>
        </section>
      </SecretOnce>
    </Dialog>
  );
}
