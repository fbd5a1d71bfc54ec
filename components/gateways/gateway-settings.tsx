"use client";

import { useRouter } from "next/navigation";
import { useReasonAgainst } from "@/components/access/can";
import { SwitchField, TextField } from "@/components/form/fields";
import { Form, SaveBar } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Card } from "@/components/ui/card";
import { toast } from "@/components/ui/toast";
import type { GatewayDetail } from "@/server/modules/gateways/schema";
import { EndpointField, GatewayFields, VpnCidrV6Field } from "./gateway-fields";
import { textsOf, UpdateGatewayForm } from "./gateway-form";

/** What a gateway is called and does, to be changed; the machine hears of it at once. */
export function GatewaySettings({ gateway }: { gateway: GatewayDetail }) {
  const router = useRouter();
  const reason = useReasonAgainst("gateway.update");
  const { id, name, listenPort, mtu, masquerade, isActive } = gateway;
  const form = useServerForm({
    schema: UpdateGatewayForm,
    defaultValues: { id, name, listenPort, mtu, masquerade, isActive, ...textsOf(gateway) },
    submit: (values) => trpc.gateways.update.mutate(values),
    onDone: (saved) => {
      toast({ title: `${saved.name} saved` });
      router.refresh();
    },
  });
  return (
    <Card title="Settings" description={reason ?? "The gateway takes them over within seconds."}>
      <Form form={form} isGuarded>
        <fieldset disabled={reason !== null} className="space-y-4">
          <TextField name="name" label="Name" autoComplete="off" maxLength={60} />
          <EndpointField />
          <VpnCidrV6Field isFixed={gateway.vpnCidrV6 !== null} />
          <GatewayFields />
          <SwitchField name="isActive" label="In use" description="Off, devices get no new tunnels to it." />
        </fieldset>
        {reason ? null : <SaveBar form={form} label="Save gateway" />}
      </Form>
    </Card>
  );
}
