"use client";

import { useRouter } from "next/navigation";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { UserField } from "@/components/identity/user-field";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { type DeviceDetail, SetDeviceOwner } from "@/server/modules/devices/schema";

const Schema = SetDeviceOwner.pick({ ownerId: true });

interface DeviceOwnerDialogProps {
  device: Pick<DeviceDetail, "id" | "name" | "ownerId" | "ownerName">;
  onClose: () => void;
}

export function DeviceOwnerDialog({ device, onClose }: DeviceOwnerDialogProps) {
  const { id, name, ownerId, ownerName } = device;
  const router = useRouter();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { ownerId },
    submit: (values) => trpc.devices.setOwner.mutate({ id, ...values }),
    onDone: (changed) => {
      toast({ title: changed.ownerName ? `${name} belongs to ${changed.ownerName}` : `${name} belongs to nobody` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Owner of ${name}`}
      description="Owners see the device in their own account. A server may have none."
      submitLabel="Change owner"
      onClose={onClose}
    >
      <UserField
        name="ownerId"
        label="Owner"
        placeholder="Nobody"
        initial={ownerId && ownerName ? { id: ownerId, username: ownerName, displayName: "" } : null}
      />
    </FormDialog>
  );
}
