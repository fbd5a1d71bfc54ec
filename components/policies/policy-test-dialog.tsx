"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import type { z } from "zod";
import { useReasonAgainst } from "@/components/access/can";
import { FieldMessage, useFieldError } from "@/components/form/field";
import { NumberField, SelectField, SwitchField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { policyTestSources } from "@/db/enums";
import { CreatePolicyTest, type PolicyTest } from "@/server/modules/policies/tests.schema";
import { protocolOptions, reachLooks, targetWords } from "./policy-words";
import { TargetFinder } from "./target-finder";

const expectations = [
  { value: "allow", label: `${reachLooks.allow.label}, all of it` },
  { value: "deny", label: `${reachLooks.deny.label}, all of it` },
];

interface PolicyTestDialogProps {
  /** The test to change; a new one without. */
  test: PolicyTest | null;
  onClose: () => void;
}

/** Saves a test, and says at once whether it holds. */
function useTestForm({ test, onClose }: PolicyTestDialogProps) {
  const router = useRouter();
  return useServerForm({
    schema: CreatePolicyTest,
    defaultValues: {
      name: test?.name ?? "",
      sourceType: test?.sourceType ?? "group",
      sourceId: test?.sourceId ?? "",
      destination: test?.destination ?? "",
      protocol: test?.protocol ?? "any",
      port: test?.port ?? null,
      expect: test?.expect ?? "deny",
      isActive: test?.isActive ?? true,
    },
    submit: (values) =>
      test ? trpc.policyTests.update.mutate({ id: test.id, ...values }) : trpc.policyTests.create.mutate(values),
    onDone: ({ outcome }) => {
      toast(
        outcome === "passed"
          ? { title: "Policy test saved: it passes" }
          : {
              title: "Policy test saved: it fails now",
              description: "Policies cannot be saved until it passes.",
              tone: "danger",
            },
      );
      onClose();
      router.refresh();
    },
  });
}

function PolicyTestDialog({ test, onClose }: PolicyTestDialogProps) {
  const form = useTestForm({ test, onClose });
  return (
    <FormDialog
      form={form}
      title={test ? "Edit policy test" : "Create policy test"}
      description="A user or a group is tested as a device of theirs without tags."
      submitLabel={test ? "Save" : "Create test"}
      size="medium"
      onClose={onClose}
    >
      <TextField
        name="name"
        label="What must hold"
        description="“Guests never reach the printers”."
        autoComplete="off"
        autoFocus
      />
      <SourceField initial={test?.sourceName ?? null} />
      <TextField
        name="destination"
        label="To the address"
        placeholder="10.0.3.4"
        spellCheck={false}
        autoComplete="off"
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField name="protocol" label="Protocol" options={protocolOptions} />
        <NumberField name="port" label="Port" description="Empty: all of them." min={1} max={65_535} />
      </div>
      <SelectField name="expect" label="Expected" options={expectations} />
      <SwitchField name="isActive" label="Run it" description="Off, it is kept and refuses nothing." />
    </FormDialog>
  );
}

/** Whose traffic it is: the kind, and then which of them. */
function SourceField({ initial }: { initial: string | null }) {
  const { setValue, control } = useFormContext<z.input<typeof CreatePolicyTest>>();
  const kind = useWatch({ control, name: "sourceType" });
  const [chosen, setChosen] = useState<{ kind: string; name: string } | null>(
    initial === null ? null : { kind, name: initial },
  );
  const error = useFieldError("sourceId");
  const current = chosen?.kind === kind ? chosen.name : null;
  return (
    <div className="space-y-2">
      <SelectField
        name="sourceType"
        label="From a"
        options={policyTestSources.map((value) => ({ value, label: targetWords[value] }))}
      />
      <div className="flex">
        <TargetFinder
          key={kind}
          kind={kind}
          label={`Which ${kind}`}
          placeholder={current ?? `Type a ${kind}'s name`}
          onFound={({ id, name }) => {
            setChosen({ kind, name });
            setValue("sourceId", id, { shouldDirty: true, shouldValidate: true });
          }}
        />
      </div>
      {current ? (
        <p role="status" className="text-muted">
          Chosen: <strong className="font-medium text-ink">{current}</strong>
        </p>
      ) : null}
      {error ? <FieldMessage id="source-error">{error}</FieldMessage> : null}
    </div>
  );
}

/** The dialog and what opens it, for a new test (`null`) or for one there is. */
export function usePolicyTestDialog() {
  const [state, setState] = useState<{ test: PolicyTest | null } | null>(null);
  return {
    open: (test: PolicyTest | null) => setState({ test }),
    dialog: state ? <PolicyTestDialog test={state.test} onClose={() => setState(null)} /> : null,
  };
}

/** Creates a test, for those who may. */
export function CreateTestButton() {
  const { open, dialog } = usePolicyTestDialog();
  const reason = useReasonAgainst("policy.update");
  return (
    <>
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason} onClick={() => open(null)}>
        Create test
      </Button>
      {dialog}
    </>
  );
}
