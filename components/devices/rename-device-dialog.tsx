"use client";

import { useRouter } from "next/navigation";
import { TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { type DeviceDetail, RenameDevice } from "@/server/modules/devices/schema";

const Schema = RenameDevice.pick({ name: true });

interface RenameDeviceDialogProps {
  device: Pick<DeviceDetail, "id" | "name">;
  onClose: () => void;
}

export function RenameDeviceDialog({ device: { id, name }, onClose }: RenameDeviceDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { name },
    submit: (values) => trpc.devices.rename.mutate({ id, ...values }),
    onDone: (device) => {
      toast({ title: `Renamed to ${device.name}` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Rename ${name}`}
      description="The name is for people: the device is known by its key."
      submitLabel="Rename"
      onClose={onClose}
    >
      <TextField name="name" label="Name" autoComplete="off" autoFocus maxLength={100} />
    </FormDialog>
  );
}
