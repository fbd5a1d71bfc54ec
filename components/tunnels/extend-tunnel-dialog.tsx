"use client";

import { useRouter } from "next/navigation";
import { SelectField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import type { Tunnel } from "@/server/modules/tunnels/schema";
import { ExtendTunnelForm, lifetimes } from "./tunnel-form";

interface ExtendTunnelDialogProps {
  tunnel: Pick<Tunnel, "id" | "deviceName">;
  onClose: () => void;
}

/** Sets when a tunnel ends by itself, from now on, or that it does not. */
export function ExtendTunnelDialog({ tunnel: { id, deviceName }, onClose }: ExtendTunnelDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: ExtendTunnelForm,
    defaultValues: { lifetime: "30" },
    submit: ({ lifetime }) => trpc.tunnels.extend.mutate({ id, lifetimeDays: lifetime }),
    onDone() {
      toast({ title: `The end of the tunnel of ${deviceName} was changed` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`When does the tunnel of ${deviceName} end?`}
      description="The gateway drops it at that moment by itself. The device's profile stays as it is."
      submitLabel="Extend tunnel"
      onClose={onClose}
    >
      <SelectField name="lifetime" label="Ends" placeholder="When somebody ends it" options={lifetimes} />
    </FormDialog>
  );
}
