"use client";

import { useRouter } from "next/navigation";
import { SelectField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import type { DeviceId } from "@/server/core/ids";
import type { UsableGateways } from "@/server/modules/tunnels/schema";
import { KeyFields } from "./key-fields";
import { makeProfile } from "./make-profile";
import type { MadeProfile } from "./profile-dialog";
import { chosenKey, GiveTunnelForm, lifetimes } from "./tunnel-form";

interface GiveTunnelDialogProps {
  device: { id: DeviceId; name: string; hasAgent: boolean };
  gateways: UsableGateways;
  onClose: () => void;
  onMade: (made: MadeProfile) => void;
}

/** Asks where a device's tunnel begins, for how long, and under whose key. */
export function GiveTunnelDialog({ device, gateways, onClose, onMade }: GiveTunnelDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: GiveTunnelForm,
    defaultValues: { gatewayId: gateways[0]?.id ?? "", lifetime: "", keyFrom: "browser", publicKey: "" },
    submit: ({ gatewayId, lifetime, ...key }) => {
      const input = { deviceId: device.id, gatewayId, lifetimeDays: lifetime };
      return makeProfile((publicKey) => trpc.tunnels.create.mutate({ ...input, publicKey }), chosenKey(key));
    },
    onDone(made) {
      onMade(made);
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Give ${device.name} a tunnel`}
      description="It gets addresses of the gateway's, and reaches what policies allow it."
      submitLabel="Give tunnel"
      size="medium"
      onClose={onClose}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          name="gatewayId"
          label="Gateway"
          options={gateways.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <SelectField name="lifetime" label="Ends" placeholder="When somebody ends it" options={lifetimes} />
      </div>
      <KeyFields hasAgent={device.hasAgent} />
    </FormDialog>
  );
}
