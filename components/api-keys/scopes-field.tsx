"use client";

import { useId, useState } from "react";
import { useController } from "react-hook-form";
import { usePermissions } from "@/components/access/can";
import { FieldDescription, FieldMessage, type FieldProps, useFieldError } from "@/components/form/field";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { allPermissions, type Permission, permissions } from "@/server/core/permissions";

/** With more scopes than this, typing narrows them. */
const FILTERED_FROM = 8;

/** `enrolment-token.read` is about “Enrolment token”. */
function groupOf(scope: Permission): string {
  const words = scope.slice(0, scope.indexOf(".")).replaceAll("-", " ");
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`.replace(/^Api /, "API ");
}

const matches = (scope: Permission, text: string): boolean =>
  `${scope} ${groupOf(scope)} ${permissions[scope]}`.toLowerCase().includes(text.trim().toLowerCase());

/** Any of what the person may do, by what it is about. The form holds the list of the scopes. */
export function ScopesField({ name, label, description }: FieldProps) {
  const id = useId();
  const error = useFieldError(name);
  const held = usePermissions();
  const { field } = useController<Record<string, Permission[]>>({ name });
  const [text, setText] = useState("");
  const offered = allPermissions.filter((scope) => held.has(scope));
  const shown = offered.filter((scope) => matches(scope, text));
  const toggle = (scope: Permission, isOn: boolean) =>
    field.onChange(isOn ? [...field.value, scope] : field.value.filter((each) => each !== scope));
  return (
    <fieldset className="min-w-0" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1 font-medium">{label}</legend>
      {offered.length > FILTERED_FROM ? (
        <Input
          aria-label="Narrow the scopes"
          placeholder="Narrow the scopes"
          autoComplete="off"
          className="mb-1.5"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      ) : null}
      <div className="max-h-60 space-y-1.5 overflow-y-auto rounded-md border border-line px-1.5 py-1">
        {[...Map.groupBy(shown, groupOf)].map(([group, scopes]) => (
          <ScopeGroup key={group} title={group} scopes={scopes} chosen={field.value} onToggle={toggle} />
        ))}
        {shown.length === 0 ? <p className="px-1 py-1 text-muted">No scope matches.</p> : null}
      </div>
      <p role="status" className="mt-1 text-xs text-muted">
        {field.value.length} of {offered.length} chosen
      </p>
      {description ? <FieldDescription id={`${id}-description`}>{description}</FieldDescription> : null}
      {error ? <FieldMessage id={`${id}-error`}>{error}</FieldMessage> : null}
    </fieldset>
  );
}

interface ScopeGroupProps {
  title: string;
  scopes: readonly Permission[];
  chosen: readonly Permission[];
  onToggle: (scope: Permission, isOn: boolean) => void;
}

function ScopeGroup({ title, scopes, chosen, onToggle }: ScopeGroupProps) {
  const id = useId();
  return (
    <fieldset className="min-w-0">
      <legend className="px-1 text-xs font-medium text-muted">{title}</legend>
      {scopes.map((scope) => (
        <label
          key={scope}
          htmlFor={`${id}-${scope}`}
          className="flex min-h-7 items-center gap-1.5 rounded px-1 hover:bg-hover"
        >
          <Checkbox
            id={`${id}-${scope}`}
            checked={chosen.includes(scope)}
            onChange={(event) => onToggle(scope, event.target.checked)}
          />
          <span className="min-w-0 break-words">{permissions[scope]}</span>
        </label>
      ))}
    </fieldset>
  );
}
