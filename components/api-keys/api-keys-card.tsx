"use client";

import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import type { ApiKey } from "@/server/modules/api-keys/schema";
import { ApiKeyItem } from "./api-key-item";
import { CreateKeyButton } from "./create-key-button";
import { RotateKeyButton } from "./rotate-key-button";
import { useRevokeKey } from "./use-revoke-key";

/** One's own API keys, newest first, and the ways to make and end them. */
export function ApiKeysCard({ apiKeys }: { apiKeys: readonly ApiKey[] }) {
  const revoke = useRevokeKey(trpc.apiKeys.revokeOwn.mutate);
  return (
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
        <ApiKeyItem
          key={apiKey.id}
          apiKey={apiKey}
          actions={
            apiKey.state === "revoked" ? null : (
              <>
                <RotateKeyButton apiKey={apiKey} />
                <Button size="small" aria-label={`Revoke API key: ${apiKey.name}`} onClick={() => revoke(apiKey)}>
                  Revoke
                </Button>
              </>
            )
          }
        />
      )}
    </ListCard>
  );
}
