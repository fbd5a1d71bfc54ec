"use client";

import { useFormContext } from "react-hook-form";
import { NumberField, SwitchField, TextareaField, TextField } from "@/components/form/fields";
import { Button } from "@/components/ui/button";
import { randomUla } from "./gateway-form";

const plain = { autoComplete: "off", spellCheck: false } as const;

/** The IPv6 network of the tunnels, which can be made up. */
export function VpnCidrV6Field({ isFixed }: { isFixed: boolean }) {
  const { setValue } = useFormContext<{ vpnCidrV6: string }>();
  const make = () => setValue("vpnCidrV6", randomUla(), { shouldDirty: true, shouldValidate: true });
  return (
    <div className="space-y-2">
      <TextField
        {...plain}
        name="vpnCidrV6"
        label="IPv6 network of the tunnels"
        isOptional={!isFixed}
        readOnly={isFixed}
        description={isFixed ? "It stays." : "A private /64, such as fd12:3456:789a::/64."}
      />
      {isFixed ? null : (
        <Button size="small" onClick={make}>
          Make one up
        </Button>
      )}
    </div>
  );
}

/** What can be said of a new gateway, and changed of any. */
export function GatewayFields() {
  return (
    <>
      <TextareaField
        {...plain}
        name="networks"
        label="Networks behind it"
        isOptional
        isCode
        rows={4}
        description="One to a line, and after it what it is: “10.1.0.0/16 Office”. Policies decide who may go there."
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          {...plain}
          name="dnsServers"
          label="DNS servers"
          isOptional
          description="What devices ask while their tunnel is up."
        />
        <NumberField name="listenPort" label="Listen port" min={1} max={65535} />
        <NumberField name="mtu" label="MTU" description="1420 suits most networks; 1280 suits all." min={1280} />
      </div>
      <SwitchField
        name="masquerade"
        label="Masquerade"
        description="Devices appear under the gateway's own address, so that no router behind it has to know the tunnels."
      />
    </>
  );
}

export function EndpointField() {
  return (
    <TextField
      {...plain}
      name="endpoint"
      label="Endpoint"
      isOptional
      description="Where devices reach it: vpn.example.com:51820. Empty means that the gateway says it itself."
    />
  );
}
