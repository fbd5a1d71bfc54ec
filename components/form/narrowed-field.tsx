"use client";

import { createContext, type ReactNode, use, useId, useState } from "react";
import { useController } from "react-hook-form";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { FieldDescription, FieldMessage, type FieldProps, useFieldError } from "./field";

/** With more to choose from than this, typing narrows it. */
const NARROWED_FROM = 8;

interface Chosen {
  values: readonly string[];
  toggle: (value: string, isOn: boolean) => void;
  onBlur: () => void;
}

const ChosenContext = createContext<Chosen>({ values: [], toggle: () => undefined, onBlur: () => undefined });

interface NarrowedFieldProps extends Omit<FieldProps, "isOptional"> {
  /** What is chosen from, as in “Narrow the tags”. */
  things: string;
  /** How many there are. */
  count: number;
  /** What is left by what was typed, which is in lower case. */
  children: (typed: string) => ReactNode;
}

/** Any of a list that may be long; the form holds the list of what is chosen. */
export function NarrowedField({ name, label, description, things, count, children }: NarrowedFieldProps) {
  const id = useId();
  const error = useFieldError(name);
  const { field } = useController<Record<string, string[]>>({ name });
  const { value: values, onBlur } = field;
  const toggle = (value: string, isOn: boolean) =>
    field.onChange(isOn ? [...values, value] : values.filter((each) => each !== value));
  const [typed, setTyped] = useState("");
  return (
    <fieldset className="min-w-0" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1 font-medium">{label}</legend>
      {count > NARROWED_FROM ? (
        <Input
          aria-label={`Narrow the ${things}`}
          placeholder={`Narrow the ${things}`}
          autoComplete="off"
          className="mb-1.5"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      ) : null}
      <div className="max-h-60 space-y-1.5 overflow-y-auto rounded-md border border-line px-1.5 py-1">
        <ChosenContext value={{ values, toggle, onBlur }}>{children(typed.trim().toLowerCase())}</ChosenContext>
      </div>
      <p role="status" className="mt-1 text-xs text-muted">
        {values.length} of {count} chosen
      </p>
      {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
      {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
    </fieldset>
  );
}

/** One of them, with its tick box. */
export function NarrowedChoice({ value, children }: { value: string; children: ReactNode }) {
  const id = useId();
  const { values, toggle, onBlur } = use(ChosenContext);
  return (
    <label htmlFor={id} className="flex min-h-7 items-center gap-1.5 rounded px-1 hover:bg-hover">
      <Checkbox
        id={id}
        checked={values.includes(value)}
        onChange={(event) => toggle(value, event.target.checked)}
        onBlur={onBlur}
      />
      {children}
    </label>
  );
}
