"use client";

import { usePermissions } from "@/components/access/can";
import type { FieldProps } from "@/components/form/field";
import { NarrowedChoice, NarrowedField } from "@/components/form/narrowed-field";
import { allPermissions, type Permission, permissions } from "@/server/core/permissions";

/** `enrolment-token.read` is about “Enrolment token”. */
function groupOf(scope: Permission): string {
  const words = scope.slice(0, scope.indexOf(".")).replaceAll("-", " ");
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`.replace(/^Api /, "API ");
}

const matches = (scope: Permission, typed: string): boolean =>
  `${scope} ${groupOf(scope)} ${permissions[scope]}`.toLowerCase().includes(typed);

/** Any of what the person may do, by what it is about. The form holds the list of the scopes. */
export function ScopesField(props: FieldProps) {
  const held = usePermissions();
  const offered = allPermissions.filter((scope) => held.has(scope));
  return (
    <NarrowedField {...props} things="scopes" count={offered.length}>
      {(typed) => {
        const shown = offered.filter((scope) => matches(scope, typed));
        if (shown.length === 0) return <p className="px-1 py-1 text-muted">No scope matches.</p>;
        return [...Map.groupBy(shown, groupOf)].map(([group, scopes]) => (
          <ScopeGroup key={group} title={group} scopes={scopes} />
        ));
      }}
    </NarrowedField>
  );
}

function ScopeGroup({ title, scopes }: { title: string; scopes: readonly Permission[] }) {
  return (
    <fieldset className="min-w-0">
      <legend className="px-1 text-xs font-medium text-muted">{title}</legend>
      {scopes.map((scope) => (
        <NarrowedChoice key={scope} value={scope}>
          <span className="min-w-0 break-words">{permissions[scope]}</span>
        </NarrowedChoice>
      ))}
    </fieldset>
  );
}
