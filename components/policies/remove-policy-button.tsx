"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import type { PolicyDetail } from "@/server/modules/policies/schema";
import { usePolicyRemoval } from "./use-policy-removal";

/** Removes the policy of this page and goes back to the list. */
export function RemovePolicyButton({ policy }: { policy: Pick<PolicyDetail, "id" | "name"> }) {
  const router = useRouter();
  const remove = usePolicyRemoval(() => router.push("/policies"));
  const reason = useReasonAgainst("policy.remove");
  return (
    <Button
      variant="danger"
      icon={<Trash2 aria-hidden />}
      disabledReason={reason}
      onClick={() => void remove({ id: policy.id, name: policy.name })}
    >
      Remove
    </Button>
  );
}
