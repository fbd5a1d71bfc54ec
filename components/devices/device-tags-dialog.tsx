"use client";

import { useRouter } from "next/navigation";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { TagsField } from "@/components/tags/tags-field";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { type DeviceDetail, SetDeviceTags } from "@/server/modules/devices/schema";
import type { TagLabel } from "@/server/modules/tags/schema";

const Schema = SetDeviceTags.pick({ tagIds: true });

interface DeviceTagsDialogProps {
  device: Pick<DeviceDetail, "id" | "name" | "tags">;
  tags: readonly TagLabel[];
  onClose: () => void;
}

export function DeviceTagsDialog({ device, tags, onClose }: DeviceTagsDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { tagIds: device.tags.map(({ id }) => id) },
    submit: (values) => trpc.devices.setTags.mutate({ id: device.id, ...values }),
    onDone: ({ name }) => {
      toast({ title: `Tags of ${name} set` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Tags of ${device.name}`}
      description="The device learns of them at its next check-in."
      submitLabel="Set tags"
      onClose={onClose}
    >
      <TagsField name="tagIds" label="Tags" tags={tags} />
    </FormDialog>
  );
}
