"use client";

import { Ban } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import type { EnrolmentToken } from "@/server/modules/enrolment/schema";
import { useRevokeToken } from "./use-revoke-token";

/** Revokes the token of this page; absent once it is. */
export function RevokeTokenButton({ token }: { token: EnrolmentToken }) {
  const revoke = useRevokeToken();
  const reason = useReasonAgainst("enrolment-token.revoke");
  if (token.state === "revoked") return null;
  return (
    <Button variant="danger" icon={<Ban aria-hidden />} disabledReason={reason} onClick={() => revoke(token)}>
      Revoke
    </Button>
  );
}
