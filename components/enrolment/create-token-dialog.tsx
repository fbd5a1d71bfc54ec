"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { useCan } from "@/components/access/can";
import { NumberField, SelectField, SwitchField, TextareaField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { UserField } from "@/components/identity/user-field";
import { TagsField } from "@/components/tags/tags-field";
import { trpc } from "@/components/trpc/client";
import { hardwareMatchActions } from "@/db/enums";
import { type CreatedEnrolmentToken, MAX_USES } from "@/server/modules/enrolment/schema";
import type { TagLabel } from "@/server/modules/tags/schema";
import { CreateTokenForm, ephemeralOptions, lifetimes } from "./create-token-form";
import { TokenSecretDialog } from "./token-secret-dialog";
import { hardwareMatchLabels } from "./token-state";

/** What the secret's dialog shows of the answer; times come as text over the wire. */
export type CreatedToken = Pick<CreatedEnrolmentToken, "secret" | "serverKeyId" | "joinCommand"> & { name: string };

interface CreateTokenDialogProps {
  tags: readonly TagLabel[];
  onClose: () => void;
}

/** Asks what the token is for, creates it, and shows its secret this once. */
export function CreateTokenDialog({ tags, onClose }: CreateTokenDialogProps) {
  const [created, setCreated] = useState<CreatedToken | null>(null);
  if (created) return <TokenSecretDialog created={created} onStored={onClose} />;
  return <TokenForm tags={tags} onClose={onClose} onCreated={setCreated} />;
}

function useTokenForm(onCreated: (created: CreatedToken) => void) {
  const router = useRouter();
  return useServerForm({
    schema: CreateTokenForm,
    defaultValues: {
      name: "",
      lifetimeH: "24",
      usageLimit: 1,
      requireApproval: true,
      tagIds: [],
      ownerUserId: null,
      allowedCidrs: "",
      onHardwareMatch: "create",
      ephemeralTtlS: "",
    },
    submit: (values) => trpc.enrolment.create.mutate(values),
    onDone: ({ secret, serverKeyId, joinCommand, token: { name } }) => {
      onCreated({ secret, serverKeyId, joinCommand, name });
      router.refresh();
    },
  });
}

interface TokenFormProps extends CreateTokenDialogProps {
  onCreated: (created: CreatedToken) => void;
}

function TokenForm({ tags, onClose, onCreated }: TokenFormProps) {
  const form = useTokenForm(onCreated);
  const mayFindUsers = useCan("user.read");
  return (
    <FormDialog
      form={form}
      title="Create enrolment token"
      description="Whoever has it can enrol machines, within these limits."
      submitLabel="Create token"
      size="medium"
      onClose={onClose}
    >
      <TextField
        name="name"
        label="Name"
        description="What the machines are for: “Build servers, June”."
        autoComplete="off"
        autoFocus
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField name="lifetimeH" label="Lifetime" options={lifetimes} />
        <NumberField name="usageLimit" label="Uses" description="How many machines may join." min={1} max={MAX_USES} />
      </div>
      <SwitchField
        name="requireApproval"
        label="Approve each device by hand"
        description="Until then it waits, and gets nothing."
      />
      <TagsField name="tagIds" label="Tags" description="Every device that joins gets them." tags={tags} />
      {mayFindUsers ? (
        <UserField
          name="ownerUserId"
          label="Owner"
          placeholder="Nobody"
          description="Whose devices these are. Servers may have no owner."
        />
      ) : null}
      <TextareaField
        name="allowedCidrs"
        label="Allowed networks"
        isOptional
        description="Machines can join from these addresses only, such as 10.0.0.0/8. Empty means from anywhere."
        spellCheck={false}
        rows={2}
      />
      <SelectField
        name="onHardwareMatch"
        label="When the hardware is enrolled already"
        options={hardwareMatchActions.map((value) => ({ value, label: hardwareMatchLabels[value] }))}
      />
      <SelectField
        name="ephemeralTtlS"
        label="Retire devices that are not heard of"
        description="For machines that come and go, such as build runners: their tunnels end and their addresses are free again."
        placeholder="Never"
        options={ephemeralOptions}
      />
    </FormDialog>
  );
}
