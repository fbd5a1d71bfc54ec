"use client";

import type { ComponentProps } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { type Option, Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";
import { Field, type FieldProps } from "./field";

type Attributes<Tag extends "input" | "textarea"> = Pick<
  ComponentProps<Tag>,
  "placeholder" | "autoComplete" | "autoFocus" | "readOnly" | "maxLength" | "spellCheck" | "inputMode"
>;

interface TextFieldProps extends FieldProps, Attributes<"input"> {
  type?: "text" | "email" | "password" | "url" | "search" | "date" | "datetime-local";
}

export function TextField({ name, label, description, isOptional, type = "text", ...attributes }: TextFieldProps) {
  return (
    <Field name={name} label={label} description={description} isOptional={isOptional}>
      {(control) => <Input {...attributes} {...control} type={type} />}
    </Field>
  );
}

interface NumberFieldProps extends FieldProps, Attributes<"input"> {
  min?: number;
  max?: number;
  step?: number;
}

function asNumber(value: unknown): unknown {
  return value === "" || value === null || value === undefined ? undefined : Number(value);
}

/** A number; the form holds it as one, and an empty field as absent. */
export function NumberField({ name, label, description, isOptional, ...attributes }: NumberFieldProps) {
  return (
    <Field
      name={name}
      label={label}
      description={description}
      isOptional={isOptional}
      register={{ setValueAs: asNumber }}
    >
      {(control) => (
        <Input
          {...attributes}
          {...control}
          min={attributes.min}
          max={attributes.max}
          type="number"
          className="max-w-40"
        />
      )}
    </Field>
  );
}

interface TextareaFieldProps extends FieldProps, Attributes<"textarea"> {
  rows?: number;
  isCode?: boolean;
}

export function TextareaField({ name, label, description, isOptional, isCode, ...attributes }: TextareaFieldProps) {
  return (
    <Field name={name} label={label} description={description} isOptional={isOptional}>
      {(control) => <Textarea {...attributes} {...control} className={isCode ? "font-mono text-xs" : undefined} />}
    </Field>
  );
}

interface SelectFieldProps extends FieldProps {
  options: readonly Option[];
  /** Shown for the empty value. */
  placeholder?: string;
}

export function SelectField({ name, label, description, isOptional, options, placeholder }: SelectFieldProps) {
  return (
    <Field name={name} label={label} description={description} isOptional={isOptional}>
      {(control) => (
        <Select {...control} options={options} placeholder={placeholder ?? (isOptional ? "None" : undefined)} />
      )}
    </Field>
  );
}

export function CheckboxField({ name, label, description }: FieldProps) {
  return (
    <Field name={name} label={label} description={description} isInline>
      {(control) => <Checkbox {...control} />}
    </Field>
  );
}

export function SwitchField({ name, label, description }: FieldProps) {
  return (
    <Field name={name} label={label} description={description} isInline>
      {(control) => <Switch {...control} />}
    </Field>
  );
}
