"use client";

import { Plus, X } from "lucide-react";
import { useFieldArray, useFormContext } from "react-hook-form";
import { FieldMessage, useFieldError } from "@/components/form/field";
import { SelectField, TextField } from "@/components/form/fields";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import type { PolicyFormValues } from "./policy-form-schema";
import { protocolOptions } from "./policy-words";

/** Where a policy leads: networks, each with its protocol and ports. */
export function DestinationsField() {
  const { control } = useFormContext<PolicyFormValues>();
  const { fields, append, remove } = useFieldArray({ control, name: "destinations", keyName: "key" });
  const error = useFieldError("destinations");
  return (
    <div className="space-y-3">
      {fields.length === 0 ? (
        <p className="text-muted">
          No destination yet. A network is written like 10.0.0.0/16, one machine like 10.0.3.4.
        </p>
      ) : null}
      {fields.map(({ key }, at) => (
        <DestinationRow key={key} at={at} onRemove={() => remove(at)} />
      ))}
      <Button
        icon={<Plus aria-hidden />}
        onClick={() => append({ network: "", protocol: "any", ports: "", description: "" })}
      >
        Add destination
      </Button>
      {error ? <FieldMessage id="destinations-error">{error}</FieldMessage> : null}
    </div>
  );
}

function DestinationRow({ at, onRemove }: { at: number; onRemove: () => void }) {
  const name = (field: string) => `destinations.${at}.${field}`;
  return (
    <fieldset className="relative min-w-0 rounded-md border border-line p-3 pe-12">
      <legend className="sr-only">Destination {at + 1}</legend>
      <div className="grid items-start gap-3 sm:grid-cols-2 xl:grid-cols-[2fr_1fr_1fr_2fr]">
        <TextField name={name("network")} label="Network" placeholder="10.0.0.0/16" spellCheck={false} />
        <SelectField name={name("protocol")} label="Protocol" options={protocolOptions} />
        <TextField name={name("ports")} label="Ports" placeholder="All" spellCheck={false} />
        <TextField name={name("description")} label="What it is" placeholder="Git server" maxLength={200} />
      </div>
      <IconButton label={`Remove destination ${at + 1}`} onClick={onRemove} className="absolute end-2 top-2">
        <X aria-hidden className="size-4" />
      </IconButton>
    </fieldset>
  );
}
