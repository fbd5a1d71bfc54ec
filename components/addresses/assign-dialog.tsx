"use client";

import { useRouter } from "next/navigation";
import { DeviceField } from "@/components/devices/device-field";
import { TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { AssignAddress, type Pool } from "@/server/modules/addresses/schema";

interface AssignDialogProps {
  pool: Pool;
  onClose: () => void;
}

/** One certain address for one device. */
export function AssignDialog({ pool, onClose }: AssignDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: AssignAddress,
    defaultValues: { id: pool.id, deviceId: "", address: "" },
    submit: (values) => trpc.addresses.assign.mutate(values),
    onDone: ({ address, deviceName }) => {
      toast({ title: `${deviceName} has ${address} now` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Assign an address of ${pool.cidr}`}
      description="It replaces the address the device has from this pool. A tunnel from a file needs a new file then."
      submitLabel="Assign"
      onClose={onClose}
    >
      <DeviceField name="deviceId" label="Device" placeholder="Type part of its name" />
      <TextField name="address" label="Address" autoComplete="off" spellCheck={false} />
    </FormDialog>
  );
}
