"use client";

import { useState } from "react";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import type { ApiKey } from "@/server/modules/api-keys/schema";
import { ApiKeyItem } from "./api-key-item";
import { CreateKeyButton } from "./create-key-button";
import { RotateKeyDialog } from "./rotate-key-dialog";
import { useRevokeKey } from "./use-revoke-key";

/** One's own API keys, newest first, and the ways to make, replace and end them. */
export function ApiKeysCard({ apiKeys }: { apiKeys: readonly ApiKey[] }) {
  // Not in the key's own row, which loses its buttons while the dialog still shows the secret of its successor.
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  return (
    <>
      <ListCard
        title="API keys"
        description="Programs use them to act for you, within the scopes you choose and never beyond your own rights."
        actions={<CreateKeyButton />}
        items={apiKeys}
        empty={{
          title: "You have no API keys",
          description: "Create one for each program that works with Keyward, so that you can end it alone.",
        }}
      >
        {(apiKey) => (
          <ApiKeyItem key={apiKey.id} apiKey={apiKey} actions={<KeyActions apiKey={apiKey} onRotate={setRotating} />} />
        )}
      </ListCard>
      {rotating ? <RotateKeyDialog apiKey={rotating} onClose={() => setRotating(null)} /> : null}
    </>
  );
}

function reasonAgainstRotation({ state, isRotated }: ApiKey): string | null {
  if (isRotated) return "Another key has taken its place";
  return state === "active" ? null : "It works no more: create another key";
}

function KeyActions({ apiKey, onRotate }: { apiKey: ApiKey; onRotate: (apiKey: ApiKey) => void }) {
  const revoke = useRevokeKey(trpc.apiKeys.revokeOwn.mutate);
  if (apiKey.state === "revoked") return null;
  return (
    <>
      <Button
        size="small"
        aria-label={`Rotate API key: ${apiKey.name}`}
        disabledReason={reasonAgainstRotation(apiKey)}
        onClick={() => onRotate(apiKey)}
      >
        Rotate
      </Button>
      <Button size="small" aria-label={`Revoke API key: ${apiKey.name}`} onClick={() => revoke(apiKey)}>
        Revoke
      </Button>
    </>
  );
}
