"use client";

import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { ApiKey } from "@/server/modules/api-keys/schema";

/** Asks, and revokes a key. */
export function useRevokeKey(): (apiKey: ApiKey) => void {
  const confirm = useConfirm();
  const { run } = useAction(({ id }: ApiKey) => trpc.apiKeys.revoke.mutate({ id }), {
    success: ({ name }) => `API key “${name}” revoked`,
    problems: { conflict: "It was revoked in the meantime" },
  });
  return (apiKey) =>
    void confirm({
      title: `Revoke the API key “${apiKey.name}”?`,
      impact: "The program that uses it is refused from its next request on. This cannot be undone.",
      confirmLabel: "Revoke key",
      run: () => run(apiKey),
    });
}
