"use client";

import { useEffect, useState } from "react";
import { FormDialog } from "@/components/form/form-dialog";
import { PasswordField } from "@/components/form/password-field";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { onStepUp } from "@/components/trpc/step-up-link";
import { ConfirmPassword } from "@/server/modules/identity/schema";

type Settle = (isConfirmed: boolean) => void;

/** Asks for the password whenever the server demands it, on any page, above whatever is open there. */
export function StepUpDialog() {
  const [settle, setSettle] = useState<Settle | null>(null);
  useEffect(() => onStepUp(() => new Promise((resolve) => setSettle(() => resolve))), []);
  const answer: Settle = (isConfirmed) => {
    setSettle(null);
    settle?.(isConfirmed);
  };
  return settle ? <PasswordDialog onAnswer={answer} /> : null;
}

function PasswordDialog({ onAnswer }: { onAnswer: Settle }) {
  const form = useServerForm({
    schema: ConfirmPassword,
    defaultValues: { password: "" },
    submit: (values) => trpc.account.stepUp.mutate(values),
    onDone: () => onAnswer(true),
  });
  const { setFocus } = form.form;
  // A dialog below may have been opened so lately that it is yet to take the focus, which it does with the next frame.
  useEffect(() => {
    const frame = requestAnimationFrame(() => setFocus("password"));
    return () => cancelAnimationFrame(frame);
  }, [setFocus]);
  return (
    <FormDialog
      form={form}
      title="Confirm it is you"
      description="This needs your password once more. Nothing has been changed yet."
      submitLabel="Confirm"
      onClose={() => onAnswer(false)}
    >
      <PasswordField name="password" label="Your password" autoComplete="current-password" autoFocus />
    </FormDialog>
  );
}
