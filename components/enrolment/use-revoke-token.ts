"use client";

import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { EnrolmentToken } from "@/server/modules/enrolment/schema";

type Revocable = Pick<EnrolmentToken, "id" | "name" | "usageCurrent" | "usageLimit">;

function impact({ usageCurrent, usageLimit }: Revocable): string {
  const left = usageLimit - usageCurrent;
  const lost = left === 1 ? "Its last use is lost" : `Its ${left.toLocaleString("en-GB")} remaining uses are lost`;
  const kept = usageCurrent === 1 ? "the device it enrolled stays" : `the ${usageCurrent} devices it enrolled stay`;
  return `${lost}: no machine can enrol with it any more.${usageCurrent > 0 ? ` What is enrolled is untouched: ${kept}.` : ""} This cannot be undone.`;
}

/** Asks, and revokes a token. */
export function useRevokeToken(): (token: Revocable) => void {
  const confirm = useConfirm();
  const { run } = useAction(({ id }: Revocable) => trpc.enrolment.revoke.mutate({ id }), {
    success: ({ name }) => `Token “${name}” revoked`,
    problems: { conflict: "It was revoked in the meantime" },
  });
  return (token) =>
    void confirm({
      title: `Revoke the token “${token.name}”?`,
      impact: impact(token),
      confirmLabel: "Revoke token",
      run: () => run(token),
    });
}
