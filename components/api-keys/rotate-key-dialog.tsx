"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { SelectField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { type ApiKey, RotateApiKey } from "@/server/modules/api-keys/schema";
import { type CreatedKey, KeySecretDialog } from "./key-secret-dialog";
import { lifetimes, overlaps } from "./lifetimes";

interface RotateKeyDialogProps {
  apiKey: Pick<ApiKey, "id" | "name">;
  onClose: () => void;
}

/** Asks how the old and the new key share the time, makes the new one, and shows it this once. */
export function RotateKeyDialog({ apiKey, onClose }: RotateKeyDialogProps) {
  const [created, setCreated] = useState<CreatedKey | null>(null);
  if (created) return <KeySecretDialog created={created} onStored={onClose} />;
  return <RotationForm apiKey={apiKey} onClose={onClose} onCreated={setCreated} />;
}

function RotationForm({
  apiKey: { id, name },
  onClose,
  onCreated,
}: RotateKeyDialogProps & { onCreated: (created: CreatedKey) => void }) {
  const router = useRouter();
  const form = useServerForm({
    schema: RotateApiKey,
    defaultValues: { id, lifetimeDays: "90", overlapDays: "1" },
    submit: (values) => trpc.apiKeys.rotateOwn.mutate(values),
    onDone: ({ secret }) => {
      onCreated({ secret, name });
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Rotate “${name}”`}
      description="A new key with the same name and scopes takes its place."
      submitLabel="Rotate key"
      onClose={onClose}
    >
      <SelectField
        name="overlapDays"
        label="The old key works on for"
        description="Time to give programs the new one. It never outlives its own end."
        options={overlaps}
      />
      <SelectField name="lifetimeDays" label="The new key expires after" options={lifetimes} />
    </FormDialog>
  );
}
