"use client";

import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { useFieldArray, useFormContext } from "react-hook-form";
import { usePermissions } from "@/components/access/can";
import { FieldMessage, useFieldError } from "@/components/form/field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Select } from "@/components/ui/select";
import type { Permission } from "@/server/core/permissions";
import type { TargetLabel } from "@/server/modules/policies/schema";
import type { PolicyFormValues } from "./policy-form-schema";
import { targetText, targetWords } from "./policy-words";
import { type FoundKind, TargetFinder } from "./target-finder";

const needed: Readonly<Record<FoundKind, Permission>> = {
  group: "group.read",
  tag: "tag.read",
  user: "user.read",
  device: "device.read",
};

type Target = PolicyFormValues["targets"] extends (infer Each)[] | undefined ? Each : never;

const keyOf = ({ type, id }: Target): string => `${type} ${id ?? ""}`;

/** Whom a policy is for and whom not: each with a switch between the two. */
export function TargetsField({ initial }: { initial: readonly TargetLabel[] }) {
  const { control } = useFormContext<PolicyFormValues>();
  const { fields, append, remove, update } = useFieldArray({ control, name: "targets", keyName: "key" });
  const [names, setNames] = useState(() => new Map(initial.map((each) => [each.id, each.name])));
  const error = useFieldError("targets");
  const add = (target: Target, name: string | null) => {
    if (fields.some((each) => keyOf(each) === keyOf(target))) return;
    setNames(new Map(names).set(target.id ?? null, name));
    append(target);
  };
  return (
    <div className="space-y-3">
      {fields.length === 0 ? (
        <p className="text-muted">For nobody yet. Add a group or a tag, or everybody.</p>
      ) : (
        <ul className="divide-y divide-line rounded-md border border-line">
          {fields.map((target, at) => (
            <TargetRow
              key={target.key}
              target={target}
              name={names.get(target.id ?? null) ?? null}
              onChange={(isExcluded) => update(at, { type: target.type, id: target.id, isExcluded })}
              onRemove={() => remove(at)}
            />
          ))}
        </ul>
      )}
      <AddTarget onAdd={add} hasAll={fields.some(({ type }) => type === "all")} />
      {error ? <FieldMessage id="targets-error">{error}</FieldMessage> : null}
    </div>
  );
}

interface TargetRowProps {
  target: Target;
  name: string | null;
  onChange: (isExcluded: boolean) => void;
  onRemove: () => void;
}

function TargetRow({ target, name, onChange, onRemove }: TargetRowProps) {
  const text = targetText({ type: target.type, name });
  return (
    <li className="flex flex-wrap items-center gap-2 px-3 py-2">
      {target.type === "all" ? null : <Badge>{targetWords[target.type]}</Badge>}
      <span className="min-w-0 flex-1 basis-40 break-words">{text}</span>
      <Select
        aria-label={`Whether ${text} is included`}
        className="w-32!"
        value={target.isExcluded ? "excluded" : "included"}
        onChange={(event) => onChange(event.target.value === "excluded")}
        options={[
          { value: "included", label: "Included" },
          { value: "excluded", label: "Excluded" },
        ]}
      />
      <IconButton label={`Take out ${text}`} onClick={onRemove}>
        <X aria-hidden className="size-4" />
      </IconButton>
    </li>
  );
}

interface AddTargetProps {
  onAdd: (target: Target, name: string | null) => void;
  hasAll: boolean;
}

function AddTarget({ onAdd, hasAll }: AddTargetProps) {
  const held = usePermissions();
  const kindId = useId();
  const kinds = (Object.keys(needed) as FoundKind[]).filter((kind) => held.has(needed[kind]));
  const [kind, setKind] = useState<FoundKind>(kinds[0] ?? "group");
  return (
    <div className="flex flex-wrap items-center gap-2">
      {kinds.length > 0 ? (
        <>
          <label htmlFor={kindId} className="sr-only">
            Kind of target
          </label>
          <Select
            id={kindId}
            className="w-28!"
            value={kind}
            onChange={(event) => setKind(kinds.find((each) => each === event.target.value) ?? kind)}
            options={kinds.map((value) => ({ value, label: targetWords[value] }))}
          />
          <TargetFinder
            key={kind}
            kind={kind}
            label={`Add a ${kind}`}
            placeholder={`Type a ${kind}'s name`}
            onFound={({ id, name }) => onAdd({ type: kind, id, isExcluded: false }, name)}
          />
        </>
      ) : null}
      <Button
        icon={<Plus aria-hidden />}
        disabledReason={hasAll ? "Everybody is there already" : null}
        onClick={() => onAdd({ type: "all", id: null, isExcluded: false }, null)}
      >
        Everybody
      </Button>
    </div>
  );
}
