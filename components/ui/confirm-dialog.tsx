"use client";

import { type ReactNode, type SyntheticEvent, useId, useRef, useState } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Input } from "./input";

export interface ConfirmRequest {
  /** A question with the verb and the object: "Revoke laptop-7?" */
  title: string;
  /** What happens, and to how many: "3 tunnels drop and 2 certificates are revoked. This cannot be undone." */
  impact: ReactNode;
  /** The verb on the button: "Revoke device". */
  confirmLabel: string;
  cancelLabel?: string;
  tone?: "danger" | "primary";
  /** The text to type first, for what cannot be undone. */
  typeToConfirm?: string;
  /** The work itself; the dialog stays open and busy until it settles, and open when it rejects. */
  run?: () => Promise<unknown>;
}

interface ConfirmDialogProps extends ConfirmRequest {
  isOpen: boolean;
  /** Called once with the answer; `true` after `run` succeeded. */
  onAnswer: (isConfirmed: boolean) => void;
}

/** Asks before something dangerous, naming the object and the impact. */
export function ConfirmDialog({ isOpen, onAnswer, ...request }: ConfirmDialogProps) {
  const inputId = useId();
  const cancel = useRef<HTMLButtonElement>(null);
  const typed = useRef<HTMLInputElement>(null);
  const { isBusy, isMatching, answer, type } = useAnswer(request, onAnswer);
  return (
    <Dialog
      isOpen={isOpen}
      isLocked={isBusy}
      onOpenChange={() => onAnswer(false)}
      title={request.title}
      description={request.impact}
      initialFocus={request.typeToConfirm ? typed : cancel}
      footer={
        <>
          <Button ref={cancel} onClick={() => onAnswer(false)}>
            {request.cancelLabel ?? "Cancel"}
          </Button>
          <Button
            onClick={answer}
            variant={request.tone ?? "danger"}
            isBusy={isBusy}
            disabledReason={isMatching ? null : `Type ${request.typeToConfirm} first`}
          >
            {request.confirmLabel}
          </Button>
        </>
      }
    >
      {request.typeToConfirm ? (
        <form onSubmit={answer}>
          <label htmlFor={inputId} className="block text-sm">
            Type <strong className="font-mono font-semibold break-all">{request.typeToConfirm}</strong> to confirm
          </label>
          <Input
            id={inputId}
            ref={typed}
            className="mt-1.5"
            autoComplete="off"
            onChange={(event) => type(event.target.value)}
          />
        </form>
      ) : null}
    </Dialog>
  );
}

function useAnswer(request: ConfirmRequest, onAnswer: (isConfirmed: boolean) => void) {
  const [isBusy, setIsBusy] = useState(false);
  const [text, setText] = useState("");
  const isMatching = !request.typeToConfirm || text.trim() === request.typeToConfirm;
  async function answer(event: SyntheticEvent) {
    event.preventDefault();
    if (!isMatching || isBusy) return;
    setIsBusy(true);
    try {
      await request.run?.();
      onAnswer(true);
    } catch {
      // `run` reports its own failure; the question stays open for another try.
    } finally {
      setIsBusy(false);
    }
  }
  return { isBusy, isMatching, answer, type: setText };
}
