"use client";

import { Route } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { Button, LinkButton } from "@/components/ui/button";
import { questionAddress } from "./question-address";

interface AskAccessLinkProps {
  /** What the question holds already. */
  question: Readonly<Record<string, string | number | undefined>>;
  label: string;
  /** Ask who can reach an address, not what something can. */
  isReverse?: boolean;
}

/** The way to a question about access, for those who may ask. */
export function AskAccessLink({ question, label, isReverse = false }: AskAccessLinkProps) {
  const reason = useReasonAgainst("access.read");
  const icon = <Route aria-hidden />;
  if (reason) {
    return (
      <Button icon={icon} disabledReason={reason}>
        {label}
      </Button>
    );
  }
  return (
    <LinkButton href={questionAddress(isReverse ? "/access/reach" : "/access", question)} icon={icon}>
      {label}
    </LinkButton>
  );
}
