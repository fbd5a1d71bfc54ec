"use client";

import { useRouter } from "next/navigation";
import { NumberField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { DEVICE_LIMIT_MAX, type DeviceAllowance, SetDeviceLimit } from "@/server/modules/devices/schema";
import type { User } from "@/server/modules/identity/schema";

interface DeviceLimitDialogProps {
  user: Pick<User, "id" | "username">;
  allowance: DeviceAllowance;
  onClose: () => void;
}

/** A device limit of the user's own, or none. */
export function DeviceLimitDialog({ user, allowance, onClose }: DeviceLimitDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: SetDeviceLimit.omit({ userId: true }),
    defaultValues: { limit: allowance.source === "user" ? allowance.limit : null },
    submit: ({ limit }) => trpc.devices.setLimit.mutate({ userId: user.id, limit }),
    onDone: ({ limit }) => {
      toast({ title: `${user.username} may have ${limit} devices` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`How many devices may ${user.username} have?`}
      description="A lower number takes no device away: no more can be added until there are fewer."
      submitLabel="Save"
      onClose={onClose}
    >
      <NumberField
        name="limit"
        label="Devices"
        description="Empty means as many as the user's groups, or the general limit, allow."
        isOptional
        autoFocus
        min={0}
        max={DEVICE_LIMIT_MAX}
      />
    </FormDialog>
  );
}
