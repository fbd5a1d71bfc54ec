"use client";

import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { type FieldError, get, type RegisterOptions, useFormContext } from "react-hook-form";
import { classNames } from "@/components/ui/class-names";
import { type Registration, useControl } from "./use-control";

export interface FieldProps {
  /** Path in the form's values. */
  name: string;
  label: string;
  /** What to enter, and why. */
  description?: ReactNode;
  /** May stay empty; the label says so, and an empty field is sent as absent. */
  isOptional?: boolean;
}

/** What a control gets from its field: registration, what it holds, id and the aria wiring. */
export type Control = Registration & {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
};

interface FieldLayoutProps extends FieldProps {
  /** The control stands before its label, as tick boxes and switches do. */
  isInline?: boolean;
  register?: RegisterOptions;
  children: (control: Control) => ReactNode;
}

/** The complaint about a field, from the schema or from the server. */
export function useFieldError(name: string): string | undefined {
  const { formState } = useFormContext();
  const error: FieldError | undefined = get(formState.errors, name);
  // Lists keep the complaint about the list as a whole one level down.
  return error?.message ?? error?.root?.message;
}

/** Label, description and complaint around one control. */
export function Field({
  name,
  label,
  description,
  isOptional,
  isInline,
  register: options,
  children,
}: FieldLayoutProps) {
  const id = useId();
  const registration = useControl(name, {
    isTicked: isInline,
    register: { setValueAs: isOptional ? emptyAsAbsent : undefined, ...options },
  });
  const error = useFieldError(name);
  const describedBy = [description ? `${id}-description` : null, error ? `${id}-error` : null]
    .filter(Boolean)
    .join(" ");
  const control = children({
    ...registration,
    id,
    "aria-invalid": Boolean(error),
    "aria-describedby": describedBy || undefined,
  });
  const text = (
    <label htmlFor={id} className={classNames("block", !isInline && "mb-1 font-medium")}>
      {label}
      {isOptional ? <span className="font-normal text-muted"> (optional)</span> : null}
    </label>
  );
  const more = (
    <>
      {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
      {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
    </>
  );
  if (!isInline) {
    return (
      <div>
        {text}
        {control}
        {more}
      </div>
    );
  }
  return (
    <div className="flex items-start gap-2">
      {control}
      <div className="min-w-0 pt-0.5">
        {text}
        {more}
      </div>
    </div>
  );
}

function emptyAsAbsent(value: unknown): unknown {
  return value === "" ? undefined : value;
}

export function FieldDescription({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className="mt-1 text-xs text-muted text-pretty">
      {children}
    </p>
  );
}

export function FieldMessage({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className="mt-1 flex items-start gap-1 text-xs font-medium text-danger">
      <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
      {children}
    </p>
  );
}
