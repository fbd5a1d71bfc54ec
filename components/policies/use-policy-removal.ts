"use client";

import { useCan } from "@/components/access/can";
import { problemOf } from "@/components/form/problem";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { Policy } from "@/server/modules/policies/schema";

type Named = Pick<Policy, "id" | "name">;

/** Asks, and removes; asks again where tests would fail and the person may go on all the same. */
export function usePolicyRemoval(onDone?: () => void) {
  const confirm = useConfirm();
  const mayOverride = useCan("policy.override");
  const { run } = useAction(({ id }: Named, isOverride: boolean) => trpc.policies.remove.mutate({ id, isOverride }), {
    success: ({ name }) => `Policy ${name} removed`,
    onDone,
  });
  const override = (policy: Named) =>
    confirm({
      title: `Remove the policy ${policy.name} although tests fail?`,
      impact: "This goes on record, with the tests that fail.",
      confirmLabel: "Remove anyway",
      run: () => run(policy, true),
    });
  return async (policy: Named) => {
    let isRefusedByTests = false;
    const attempt = () =>
      run(policy, false).catch((error: unknown) => {
        isRefusedByTests = problemOf(error).code === "policy-tests-failed";
        // The question is answered by the next one.
        if (!isRefusedByTests || !mayOverride) throw error;
      });
    await confirm({
      title: `Remove the policy ${policy.name}?`,
      impact: "Access that only this policy gives ends at once. What it denied is open where another policy allows it.",
      confirmLabel: "Remove policy",
      run: attempt,
    });
    if (isRefusedByTests && mayOverride) await override(policy);
  };
}
