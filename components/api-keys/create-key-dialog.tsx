"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { SelectField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { CreateApiKey } from "@/server/modules/api-keys/schema";
import { type CreatedKey, KeySecretDialog } from "./key-secret-dialog";
import { lifetimes } from "./lifetimes";
import { ScopesField } from "./scopes-field";

/** Asks what the key may do and for how long, creates it, and shows it this once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const [created, setCreated] = useState<CreatedKey | null>(null);
  if (created) return <KeySecretDialog created={created} onStored={onClose} />;
  return <KeyForm onClose={onClose} onCreated={setCreated} />;
}

function KeyForm({ onClose, onCreated }: { onClose: () => void; onCreated: (created: CreatedKey) => void }) {
  const router = useRouter();
  const form = useServerForm({
    schema: CreateApiKey,
    defaultValues: { name: "", lifetimeDays: "90", scopes: [] },
    submit: (values) => trpc.apiKeys.create.mutate(values),
    onDone: ({ secret, apiKey: { name } }) => {
      onCreated({ secret, name });
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title="Create API key"
      description="Whoever has it can do in your name what its scopes allow."
      submitLabel="Create key"
      size="medium"
      onClose={onClose}
    >
      <TextField
        name="name"
        label="Name"
        description="The program that uses it: “Nightly report”."
        autoComplete="off"
        autoFocus
      />
      <SelectField name="lifetimeDays" label="Expires after" options={lifetimes} />
      <ScopesField
        name="scopes"
        label="Scopes"
        description="When you lose a right, so do your keys, at their next request."
      />
    </FormDialog>
  );
}
