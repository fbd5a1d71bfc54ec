"use client";

import { useRouter } from "next/navigation";
import { useEffect, useMemo } from "react";
import { useWatch } from "react-hook-form";
import { z } from "zod";
import { SelectField } from "@/components/form/fields";
import { Form, SubmitButton } from "@/components/form/form";
import { type Found, FoundField } from "@/components/form/found-field";
import { useServerForm } from "@/components/form/use-server-form";
import { targetWords } from "@/components/policies/policy-words";
import { trpc } from "@/components/trpc/client";
import { Card } from "@/components/ui/card";
import { ExplainAccess } from "@/server/modules/policies/access.schema";
import { questionAddress } from "./question-address";
import { TrafficFields } from "./traffic-fields";

const kinds = ["device", "user"] as const;
type Kind = (typeof kinds)[number];

const { dst, protocol } = ExplainAccess.shape;
const Question = z
  .object({
    kind: z.enum(kinds),
    source: z.uuid("Choose one from the list."),
    dst,
    protocol,
    port: z.number().int().min(1, "Ports begin at 1.").max(65_535, "Ports end at 65535.").optional(),
  })
  .refine((asked) => asked.port === undefined || asked.protocol === "tcp" || asked.protocol === "udp", {
    path: ["port"],
    message: "Only TCP and UDP have ports. Choose one of them.",
  });

export interface AskedAccess {
  kind: Kind;
  /** Who is asked about, when somebody is. */
  source: Found | null;
  dst: string;
  protocol: z.output<typeof protocol>;
  port?: number | undefined;
}

const find: Record<Kind, (q: string | undefined) => Promise<{ rows: readonly Found[]; total: number }>> = {
  device: (q) => findOf("device", q),
  user: (q) => findOf("user", q),
};

async function findOf(type: Kind, q: string | undefined) {
  const rows = await trpc.policies.findTargets.query({ type, q });
  return { rows, total: rows.length === 20 ? 21 : rows.length };
}

/** Asks by going to the answer's address, so that it can be kept and handed on. */
export function AccessQuestion({ asked }: { asked: AskedAccess }) {
  const router = useRouter();
  const values = useMemo(() => ({ ...asked, source: asked.source?.id ?? "" }), [asked]);
  const server = useServerForm({
    schema: Question,
    defaultValues: values,
    submit: async (question) => question,
    onDone: (_, { kind, source, ...traffic }) =>
      router.push(questionAddress("/access", { [kind]: source, ...traffic }), { scroll: false }),
  });
  const { reset, setValue, control } = server.form;
  useEffect(() => reset(values), [values, reset]);
  const kind = useWatch({ control, name: "kind" });
  const initial = asked.kind === kind ? asked.source : null;
  const initialId = initial?.id ?? "";
  // A device is no user: what was chosen of the one kind is not asked about as the other.
  useEffect(() => {
    if (kind) setValue("source", initialId);
  }, [kind, initialId, setValue]);
  return (
    <Card title="Can it reach this address?">
      <Form form={server} className="grid items-start gap-4 sm:grid-cols-2 xl:grid-cols-[8rem_2fr_2fr_10rem_8rem_auto]">
        <SelectField
          name="kind"
          label="From a"
          options={kinds.map((value) => ({ value, label: targetWords[value] }))}
        />
        <FoundField
          key={`${kind} ${initialId}`}
          name="source"
          label={kind === "device" ? "Which device" : "Which user"}
          placeholder={`Type a ${kind}'s name`}
          none={`No ${kind} matches`}
          initial={initial}
          search={find[kind]}
        />
        <TrafficFields />
        <div className="xl:pt-6">
          <SubmitButton form={server} label="Explain" />
        </div>
      </Form>
    </Card>
  );
}
