"use client";

import { type ReactNode, useEffect, useRef } from "react";
import { type FieldValues, FormProvider } from "react-hook-form";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import type { ServerForm } from "./use-server-form";
import { useUnsavedGuard } from "./use-unsaved-guard";

interface FormProps<Input extends FieldValues, Output> {
  form: ServerForm<Input, Output>;
  /** Ask before the page is left with changes that are not saved. For forms that are a page, not for dialogs. */
  isGuarded?: boolean;
  id?: string;
  className?: string;
  children: ReactNode;
}

/** The form element around fields and buttons, with the refusal that belongs to no field on top. */
export function Form<Input extends FieldValues, Output>(props: FormProps<Input, Output>) {
  const { form: server, isGuarded = false, id, className = "space-y-4", children } = props;
  const alert = useRef<HTMLDivElement>(null);
  const { isDirty } = server.form.formState;
  useUnsavedGuard(isGuarded && isDirty);
  useEffect(() => {
    if (server.problem) alert.current?.scrollIntoView({ block: "nearest" });
  }, [server.problem]);
  return (
    <FormProvider {...server.form}>
      <form id={id} noValidate onSubmit={server.onSubmit} className={className}>
        {server.problem ? (
          <div ref={alert}>
            <Alert tone="danger" isLive title={server.problem.message}>
              {server.problem.requestId && server.problem.code === "internal"
                ? `Reference: ${server.problem.requestId}`
                : null}
            </Alert>
          </div>
        ) : null}
        {children}
      </form>
    </FormProvider>
  );
}

interface SaveBarProps<Input extends FieldValues, Output> {
  form: ServerForm<Input, Output>;
  label?: string;
}

interface SubmitButtonProps<Input extends FieldValues, Output> extends SaveBarProps<Input, Output> {
  /** As wide as the form. */
  isWide?: boolean;
}

/** Save and discard at the foot of a page, always in sight. */
export function SaveBar<Input extends FieldValues, Output>({
  form: server,
  label = "Save",
}: SaveBarProps<Input, Output>) {
  const { isDirty } = server.form.formState;
  return (
    <div className="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-surface px-4 py-3 sm:mx-0 sm:rounded-lg sm:border">
      <p role="status" className="me-auto text-muted">
        {isDirty ? "Unsaved changes" : "No changes"}
      </p>
      <Button onClick={() => server.form.reset()} disabledReason={isDirty ? null : "There is nothing to discard"}>
        Discard
      </Button>
      <Button
        type="submit"
        variant="primary"
        isBusy={server.isBusy}
        disabledReason={isDirty ? null : "There is nothing to save"}
      >
        {label}
      </Button>
    </div>
  );
}

/** The one button of a short form. */
export function SubmitButton<Input extends FieldValues, Output>({
  form: server,
  label = "Save",
  isWide,
}: SubmitButtonProps<Input, Output>) {
  return (
    <Button type="submit" variant="primary" isBusy={server.isBusy} className={isWide ? "w-full" : undefined}>
      {label}
    </Button>
  );
}
