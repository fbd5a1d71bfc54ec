"use client";

import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { ConfirmDialog, type ConfirmRequest } from "./confirm-dialog";

type Confirm = (request: ConfirmRequest) => Promise<boolean>;

const ConfirmContext = createContext<Confirm | null>(null);

interface Pending {
  request: ConfirmRequest;
  resolve: (isConfirmed: boolean) => void;
  number: number;
}

/** Lets everything below ask for a confirmation with {@link useConfirm}. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [pending, setPending] = useState<Pending | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const confirm = useCallback<Confirm>((request) => {
    setIsOpen(true);
    return new Promise((resolve) => {
      setPending((previous) => ({ request, resolve, number: (previous?.number ?? 0) + 1 }));
    });
  }, []);
  const answer = (isConfirmed: boolean) => {
    setIsOpen(false);
    pending?.resolve(isConfirmed);
  };
  return (
    <ConfirmContext value={confirm}>
      {children}
      {pending ? <ConfirmDialog key={pending.number} isOpen={isOpen} onAnswer={answer} {...pending.request} /> : null}
    </ConfirmContext>
  );
}

/** Asks in a dialog and resolves with the answer. @throws {Error} outside of a {@link ConfirmProvider} */
export function useConfirm(): Confirm {
  const confirm = useContext(ConfirmContext);
  if (!confirm) throw new Error("useConfirm needs a ConfirmProvider above it");
  return confirm;
}
