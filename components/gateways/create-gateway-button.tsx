"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { EndpointField, GatewayFields, VpnCidrV6Field } from "./gateway-fields";
import { CreateGatewayForm } from "./gateway-form";

/** Creates a gateway, for those who may. */
export function CreateGatewayButton() {
  const [isOpen, setOpen] = useState(false);
  const reason = useReasonAgainst("gateway.create");
  return (
    <>
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason} onClick={() => setOpen(true)}>
        Create gateway
      </Button>
      {isOpen ? <CreateGatewayDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function CreateGatewayDialog({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const form = useServerForm({
    schema: CreateGatewayForm,
    defaultValues: {
      name: "",
      endpoint: "",
      vpnCidr: "",
      vpnCidrV6: "",
      listenPort: 51820,
      dnsServers: "",
      mtu: 1420,
      masquerade: true,
      networks: "",
    },
    submit: (values) => trpc.gateways.create.mutate(values),
    onDone: ({ id, name }) => {
      toast({ title: `Gateway ${name} created`, description: "Enrol a machine as it next." });
      router.push(`/gateways/${id}`);
    },
  });
  return (
    <FormDialog
      form={form}
      title="Create gateway"
      description="Where devices' tunnels end. The machine enrols afterwards."
      submitLabel="Create gateway"
      size="large"
      onClose={onClose}
    >
      <TextField name="name" label="Name" autoComplete="off" autoFocus maxLength={60} />
      <EndpointField />
      <TextField
        name="vpnCidr"
        label="Network of the tunnels"
        description="Every device gets an address of it: 10.77.0.0/16. It must be used nowhere else, and keeps its start."
        autoComplete="off"
        spellCheck={false}
      />
      <VpnCidrV6Field isFixed={false} />
      <GatewayFields />
    </FormDialog>
  );
}
