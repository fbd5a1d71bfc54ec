"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import type { ApiKey } from "@/server/modules/api-keys/schema";
import { RotateKeyDialog } from "./rotate-key-dialog";

function reasonAgainst({ state, isRotated }: ApiKey): string | null {
  if (isRotated) return "Another key has taken its place";
  return state === "active" ? null : "It works no more: create another key";
}

/** Opens the dialog that replaces a key. */
export function RotateKeyButton({ apiKey }: { apiKey: ApiKey }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="small"
        aria-label={`Rotate API key: ${apiKey.name}`}
        disabledReason={reasonAgainst(apiKey)}
        onClick={() => setOpen(true)}
      >
        Rotate
      </Button>
      {isOpen ? <RotateKeyDialog apiKey={apiKey} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
