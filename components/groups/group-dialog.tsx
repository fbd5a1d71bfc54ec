"use client";

import { useRouter } from "next/navigation";
import { NumberField, TextareaField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { DEVICE_LIMIT_MAX } from "@/server/modules/devices/schema";
import { CreateGroup, type Group } from "@/server/modules/groups/schema";

interface GroupDialogProps {
  /** The group to change; a new one without. */
  group: Group | null;
  onClose: () => void;
}

/** A group's name and what it is for. */
export function GroupDialog({ group, onClose }: GroupDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: CreateGroup,
    defaultValues: {
      name: group?.name ?? "",
      description: group?.description ?? "",
      deviceLimit: group?.deviceLimit ?? null,
    },
    submit: (values) =>
      group ? trpc.groups.update.mutate({ id: group.id, ...values }) : trpc.groups.create.mutate(values),
    onDone: ({ id, name }) => {
      toast({ title: group ? `Group ${name} changed` : `Group ${name} created` });
      onClose();
      if (group) router.refresh();
      // An empty group is of no use: its page is where people are put into it.
      else router.push(`/groups/${id}`);
    },
  });
  return (
    <FormDialog
      form={form}
      title={group ? `Edit the group ${group.name}` : "Create group"}
      description={group ? undefined : "People are put into it on its page, which opens next."}
      submitLabel={group ? "Save" : "Create group"}
      onClose={onClose}
    >
      <TextField name="name" label="Name" autoComplete="off" autoFocus maxLength={80} />
      <TextareaField name="description" label="Description" description="What its members have in common." />
      <NumberField
        name="deviceLimit"
        label="Devices each member may have"
        description="Of several groups the largest number counts. Empty leaves it to the general limit."
        isOptional
        min={0}
        max={DEVICE_LIMIT_MAX}
      />
    </FormDialog>
  );
}
