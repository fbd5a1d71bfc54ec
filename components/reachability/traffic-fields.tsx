"use client";

import { NumberField, SelectField, TextField } from "@/components/form/fields";
import { protocolOptions } from "@/components/policies/policy-words";

/** Where to: an address, and of what kind the traffic is. */
export function TrafficFields() {
  return (
    <>
      <TextField name="dst" label="To the address" placeholder="10.0.3.4" autoComplete="off" spellCheck={false} />
      <SelectField name="protocol" label="Protocol" options={protocolOptions} />
      <NumberField name="port" label="Port" description="Empty: all of them." min={1} max={65_535} />
    </>
  );
}
