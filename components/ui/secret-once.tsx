"use client";

import { Download } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Alert } from "./alert";
import { Button } from "./button";
import { Checkbox } from "./checkbox";
import { CodeBlock } from "./code-block";
import { CopyButton } from "./copy-button";

interface SecretOnceProps {
  secret: string;
  /** What it is: "Enrolment token". */
  label: string;
  fileName: string;
  /** The person says it is stored; forget it and go on. */
  onStored: () => void;
  /** More about it: the command it goes into, a QR code. */
  children?: ReactNode;
}

function download(fileName: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A secret that is shown this once: copy, download, and "I stored it". */
export function SecretOnce({ secret, label, fileName, onStored, children }: SecretOnceProps) {
  const [isStored, setIsStored] = useState(false);
  const checkId = useId();
  return (
    <div className="space-y-4">
      <Alert tone="warning" title="Shown only once">
        Keyward keeps no readable copy. Store it now: when it is lost, make a new one.
      </Alert>
      <CodeBlock text={secret} label={label} />
      <div className="flex flex-wrap gap-2">
        <CopyButton text={secret} label={`Copy ${label.toLowerCase()}`} hasText />
        <Button icon={<Download aria-hidden />} onClick={() => download(fileName, secret)}>
          Download
        </Button>
      </div>
      {children}
      <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-3">
        <label htmlFor={checkId} className="flex items-center gap-1.5">
          <Checkbox id={checkId} checked={isStored} onChange={(event) => setIsStored(event.target.checked)} />I stored
          it
        </label>
        <Button
          variant="primary"
          onClick={onStored}
          disabledReason={isStored ? null : "Tick “I stored it” first: it cannot be shown again"}
        >
          Done
        </Button>
      </div>
    </div>
  );
}
