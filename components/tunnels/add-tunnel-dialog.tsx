"use client";

import { useRouter } from "next/navigation";
import { SelectField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import type { UsableGateways } from "@/server/modules/tunnels/schema";
import type { TunnelDevice } from "./tunnel-device";
import { AddTunnelForm, lifetimes } from "./tunnel-form";

interface AddTunnelDialogProps {
  device: TunnelDevice;
  /** Those it has no tunnel to. */
  gateways: UsableGateways;
  onClose: () => void;
}

/** Gives a device with a tunnel one to another gateway, under the same key. */
export function AddTunnelDialog({ device: { id, name, hasAgent }, gateways, onClose }: AddTunnelDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: AddTunnelForm,
    defaultValues: { gatewayId: gateways[0]?.id ?? "", lifetime: "" },
    submit: ({ gatewayId, lifetime }) =>
      trpc.tunnels.create.mutate({ deviceId: id, gatewayId, lifetimeDays: lifetime }),
    onDone({ tunnel }) {
      toast({ title: `${name} has a tunnel to ${tunnel.gatewayName}` });
      onClose();
      router.refresh();
    },
  });
  const after = hasAgent
    ? "Its agent brings it up by itself."
    : "Its profile is out of date then: make a new one with “New key”, which holds both.";
  return (
    <FormDialog
      form={form}
      title={`Add a tunnel for ${name}`}
      description={`It gets addresses of that gateway's as well, for what is behind it. ${after}`}
      submitLabel="Add tunnel"
      onClose={onClose}
    >
      <SelectField
        name="gatewayId"
        label="Gateway"
        options={gateways.map((gateway) => ({ value: gateway.id, label: gateway.name }))}
      />
      <SelectField name="lifetime" label="Ends" placeholder="When somebody ends it" options={lifetimes} />
    </FormDialog>
  );
}
