"use client";

import { type ReactNode, useId } from "react";
import { useFormContext } from "react-hook-form";
import { Checkbox } from "@/components/ui/checkbox";
import { FieldDescription, FieldMessage, type FieldProps, useFieldError } from "./field";

export interface Choice {
  value: string;
  label: string;
  description?: ReactNode;
}

interface ChoicesFieldProps extends FieldProps {
  choices: readonly Choice[];
  /** One of them only: radio buttons, and the form holds a string instead of a list. */
  isSingle?: boolean;
}

/** Some of a list, each with its explanation. The form holds the list of their values. */
export function ChoicesField({ name, label, description, choices, isSingle, isOptional }: ChoicesFieldProps) {
  const id = useId();
  const error = useFieldError(name);
  return (
    <fieldset aria-describedby={error ? `${id}-error` : undefined} className="min-w-0">
      <legend className="mb-1 font-medium">
        {label}
        {isOptional ? <span className="font-normal text-muted"> (optional)</span> : null}
      </legend>
      {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
      <div className="mt-1.5 space-y-1">
        {choices.map((choice) => (
          <ChoiceRow key={choice.value} id={`${id}-${choice.value}`} name={name} choice={choice} isSingle={isSingle} />
        ))}
        {choices.length === 0 ? <p className="text-muted">There is nothing to choose from yet.</p> : null}
      </div>
      {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
    </fieldset>
  );
}

function ChoiceRow({ id, name, choice, isSingle }: { id: string; name: string; choice: Choice; isSingle?: boolean }) {
  const { register, getValues } = useFormContext();
  const held: unknown = getValues(name);
  const { ref, ...registration } = register(name);
  const wiring = {
    ...registration,
    ref: (element: HTMLInputElement | null) => {
      // The form takes a box that is ticked by default for the whole group's value while it knows only some of them.
      if (element) element.defaultChecked = false;
      ref(element);
    },
    id,
    value: choice.value,
    defaultChecked: Array.isArray(held) ? held.includes(choice.value) : held === choice.value,
    "aria-describedby": choice.description ? `${id}-more` : undefined,
  };
  return (
    <div className="flex items-start gap-2">
      {isSingle ? (
        <span className="inline-flex size-6 items-center justify-center">
          <input {...wiring} type="radio" className="size-4 accent-accent" />
        </span>
      ) : (
        <Checkbox {...wiring} />
      )}
      <div className="min-w-0 pt-0.5">
        <label htmlFor={id}>{choice.label}</label>
        {choice.description ? (
          <p id={`${id}-more`} className="text-xs text-muted text-pretty">
            {choice.description}
          </p>
        ) : null}
      </div>
    </div>
  );
}
