"use client";

import { Plus } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { Button, LinkButton } from "@/components/ui/button";

/** The way to the form of a new policy, for those who may create one. */
export function CreatePolicyLink() {
  const reason = useReasonAgainst("policy.create");
  if (reason)
    return (
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason}>
        Create policy
      </Button>
    );
  return (
    <LinkButton href="/policies/new" variant="primary" icon={<Plus aria-hidden />}>
      Create policy
    </LinkButton>
  );
}
