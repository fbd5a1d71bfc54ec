"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { ChoicesField } from "@/components/form/choices-field";
import { TextField } from "@/components/form/fields";
import { Alert } from "@/components/ui/alert";

const choices = [
  {
    value: "browser",
    label: "Make a key in this browser",
    description: "You get the whole profile, this once, to put on the device. Keyward never sees the private key.",
  },
  {
    value: "device",
    label: "Use the device's own key",
    description: "It was made on the device and its private half stays there. You need its public half.",
  },
];

/** Whose key the tunnel gets. */
export function KeyFields({ hasAgent }: { hasAgent: boolean }) {
  const { control } = useFormContext();
  const keyFrom: unknown = useWatch({ control, name: "keyFrom" });
  return (
    <>
      {hasAgent ? (
        <Alert tone="warning" title="This device has Keyward's agent">
          As soon as the agent brings the tunnel up, it replaces this key by one of its own.
        </Alert>
      ) : null}
      <ChoicesField name="keyFrom" label="Key" choices={choices} isSingle />
      {keyFrom === "device" ? (
        <TextField
          name="publicKey"
          label="Public key of the device"
          description="44 characters, as “wg pubkey” writes it."
          autoComplete="off"
          spellCheck={false}
        />
      ) : keyFrom === "browser" && !globalThis.isSecureContext ? (
        <NoTlsAlert />
      ) : null}
    </>
  );
}

/** A warning where whoever reads the connection could read what the page makes. */
export function NoTlsAlert() {
  return (
    <Alert tone="warning" title="This page has no TLS">
      The key is made in your browser all the same, but whoever can read this connection can read the page.
    </Alert>
  );
}
