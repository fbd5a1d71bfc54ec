"use client";

import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { ApiKey } from "@/server/modules/api-keys/schema";

/** Asks, and revokes a key: one's own or anybody's, by what `revoke` is. */
export function useRevokeKey(
  revoke: (input: Pick<ApiKey, "id">) => Promise<{ name: string }>,
): (apiKey: ApiKey) => void {
  const confirm = useConfirm();
  const { run } = useAction(revoke, {
    success: ({ name }) => `API key “${name}” revoked`,
    problems: { conflict: "It was revoked in the meantime" },
  });
  return ({ id, name }) =>
    void confirm({
      title: `Revoke the API key “${name}”?`,
      impact: "The program that uses it is refused from its next request on. This cannot be undone.",
      confirmLabel: "Revoke key",
      run: () => run({ id }),
    });
}
