"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { SelectField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { AddOwnDevice, type OwnTunnels } from "@/server/modules/tunnels/schema";
import { NoTlsAlert } from "./key-fields";
import { makeProfile } from "./make-profile";
import { platforms } from "./platforms";
import { type MadeProfile, ProfileDialog } from "./profile-dialog";

interface AddDeviceDialogProps {
  gateways: OwnTunnels["gateways"];
  onClose: () => void;
}

/** Asks for a device's name, makes its key here, and shows its profile this once. */
export function AddDeviceDialog({ gateways, onClose }: AddDeviceDialogProps) {
  const [made, setMade] = useState<MadeProfile | null>(null);
  if (made) return <ProfileDialog made={made} onStored={onClose} />;
  return <DeviceForm gateways={gateways} onClose={onClose} onMade={setMade} />;
}

const Asked = AddOwnDevice.omit({ publicKey: true });

function DeviceForm({ gateways, onClose, onMade }: AddDeviceDialogProps & { onMade: (made: MadeProfile) => void }) {
  const router = useRouter();
  const form = useServerForm({
    schema: Asked,
    defaultValues: { name: "", platform: "ios", gatewayId: gateways[0]?.id ?? "" },
    submit: (values) => makeProfile((publicKey) => trpc.tunnels.addDevice.mutate({ ...values, publicKey })),
    onDone(made) {
      onMade(made);
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title="Add device"
      description="For a phone or a computer with a WireGuard app. Machines with Keyward's agent join with its command instead."
      submitLabel="Make profile"
      size="medium"
      onClose={onClose}
    >
      {globalThis.isSecureContext ? null : <NoTlsAlert />}
      <TextField name="name" label="Name" description="“Ada's phone”." autoComplete="off" autoFocus />
      <SelectField name="platform" label="System" options={platforms} />
      <SelectField
        name="gatewayId"
        label="Gateway"
        options={gateways.map(({ id, name }) => ({ value: id, label: name }))}
      />
    </FormDialog>
  );
}
