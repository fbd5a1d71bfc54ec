"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { z } from "zod";
import { Form, SubmitButton } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { Card } from "@/components/ui/card";
import { ListReach } from "@/server/modules/policies/access.schema";
import { questionAddress } from "./question-address";
import { TrafficFields } from "./traffic-fields";

const { dst, protocol } = ListReach.shape;
const Question = z
  .object({ dst, protocol, port: z.number().int().min(1).max(65_535).optional() })
  .refine((asked) => asked.port === undefined || asked.protocol === "tcp" || asked.protocol === "udp", {
    path: ["port"],
    message: "Only TCP and UDP have ports. Choose one of them.",
  });

export interface AskedReach {
  dst: string;
  protocol: z.output<typeof protocol>;
  port?: number | undefined;
}

/** Asks by going to the answer's address. */
export function ReachQuestion({ asked }: { asked: AskedReach }) {
  const router = useRouter();
  const server = useServerForm({
    schema: Question,
    defaultValues: asked,
    submit: async (question) => question,
    onDone: (_, traffic) => router.push(questionAddress("/access/reach", { ...traffic }), { scroll: false }),
  });
  const { reset } = server.form;
  useEffect(() => reset(asked), [asked, reset]);
  return (
    <Card title="Who can reach this address?">
      <Form form={server} className="grid items-start gap-4 sm:grid-cols-2 xl:grid-cols-[2fr_10rem_8rem_auto]">
        <TrafficFields />
        <div className="xl:pt-6">
          <SubmitButton form={server} label="Ask" />
        </div>
      </Form>
    </Card>
  );
}
