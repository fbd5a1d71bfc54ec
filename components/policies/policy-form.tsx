"use client";

import { useRouter } from "next/navigation";
import { useRef } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { NumberField, SelectField, SwitchField, TextareaField, TextField } from "@/components/form/fields";
import { Form, SaveBar } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Alert } from "@/components/ui/alert";
import { Card } from "@/components/ui/card";
import { toast } from "@/components/ui/toast";
import type { PolicyDetail } from "@/server/modules/policies/schema";
import { DestinationsField } from "./destinations-field";
import { formValues, PolicyForm as Schema } from "./policy-form-schema";
import { PolicyPreview } from "./policy-preview";
import { effectOptions } from "./policy-words";
import { TargetsField } from "./targets-field";

/** Saves a new policy, or what the editor made of the one they saw. */
function usePolicyForm(policy: PolicyDetail | null) {
  const router = useRouter();
  const seen = useRef(policy ? new Date(policy.updatedAt).toISOString() : "");
  return useServerForm({
    schema: Schema,
    defaultValues: formValues(policy),
    submit: (values) =>
      policy
        ? trpc.policies.update.mutate({ ...values, id: policy.id, updatedAt: seen.current })
        : trpc.policies.create.mutate(values),
    onDone: ({ id, name, updatedAt }) => {
      seen.current = updatedAt;
      toast({ title: policy ? `Policy ${name} saved` : `Policy ${name} created` });
      if (policy) router.refresh();
      else router.push(`/policies/${id}`);
    },
  });
}

/** A policy whole: who, where, when, and what saving it would change. */
export function PolicyForm({ policy }: { policy: PolicyDetail | null }) {
  const form = usePolicyForm(policy);
  const reason = useReasonAgainst(policy ? "policy.update" : "policy.create");
  return (
    <Form form={form} isGuarded className="space-y-5">
      {reason ? (
        <Alert title={`${reason}: you can try changes here and see what they would do, not save them.`} />
      ) : null}
      <Rule />
      <Card title="For" description="Whom it is for. Who is excluded is left out, whatever else names them.">
        <TargetsField initial={policy?.targets ?? []} />
      </Card>
      <Card title="Destinations" description="What it opens or closes for them.">
        <div className="space-y-4">
          <DestinationsField />
          <SwitchField
            name="fullTunnel"
            label="Send everything through the tunnel"
            description="Opens the internet too. Private networks stay closed unless they are destinations."
          />
        </div>
      </Card>
      <PolicyPreview id={policy?.id ?? null} findings={policy?.findings ?? []} />
      {reason ? null : <SaveBar form={form} label={policy ? "Save policy" : "Create policy"} />}
    </Form>
  );
}

function Rule() {
  return (
    <Card title="Policy">
      <div className="grid gap-4 lg:grid-cols-2">
        <TextField name="name" label="Name" autoComplete="off" maxLength={100} />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField name="effect" label="Effect" options={effectOptions} />
          <NumberField
            name="priority"
            label="Priority"
            description="0 comes first. At the same priority, deny does."
            min={0}
            max={100_000}
          />
        </div>
        <div className="lg:col-span-2">
          <TextareaField name="description" label="Description" description="Why it is there." rows={2} />
        </div>
        <TextField
          name="startsAt"
          label="Starts"
          type="datetime-local"
          description="In your time zone. Empty: from now on."
        />
        <TextField name="endsAt" label="Ends" type="datetime-local" description="Empty: until it is changed." />
        <SwitchField name="isActive" label="In force" description="Off, it is kept and does nothing." />
      </div>
    </Card>
  );
}
