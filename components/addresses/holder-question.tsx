"use client";

import { useState } from "react";
import { z } from "zod";
import { TextField } from "@/components/form/fields";
import { Form, SubmitButton } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Card } from "@/components/ui/card";
import { Time } from "@/components/ui/time";
import { AskHolder } from "@/server/modules/addresses/schema";

/** The moment is what the browser's field gives, in the reader's own time. */
const Question = z.object({ address: AskHolder.shape.address, at: z.string().optional() });

const ask = ({ address, at }: z.output<typeof Question>) =>
  trpc.addresses.holders.query({ address, at: at ? new Date(at) : undefined });

type Answer = Awaited<ReturnType<typeof ask>>;

/** Who had an address at a moment. */
export function HolderQuestion() {
  const [answer, setAnswer] = useState<{ address: string; holders: Answer } | null>(null);
  const form = useServerForm({
    schema: Question,
    defaultValues: { address: "", at: "" },
    submit: ask,
    onDone: (holders, { address }) => setAnswer({ address, holders }),
  });
  return (
    <Card title="Who had this address?" description="For a line in another system's log: an address and when it was.">
      <Form form={form} className="flex flex-wrap items-start gap-4">
        <TextField name="address" label="Address" autoComplete="off" spellCheck={false} />
        <TextField name="at" label="When" description="Empty means now." type="datetime-local" />
        <div className="pt-6">
          <SubmitButton form={form} label="Ask" />
        </div>
      </Form>
      <div role="status" className="mt-3">
        {answer ? <Holders {...answer} /> : null}
      </div>
    </Card>
  );
}

function Holders({ address, holders }: { address: string; holders: Answer }) {
  if (holders.length === 0) return <p>Nobody had {address} then.</p>;
  return (
    <ul>
      {holders.map(({ id, deviceId, deviceName, ownerName, allocatedAt, releasedAt }) => (
        <li key={id}>
          <a href={deviceId ? `/devices/${deviceId}` : undefined} className="font-medium underline underline-offset-2">
            {deviceName ?? "No device"}
          </a>{" "}
          of {ownerName ?? "nobody"}, from <Time value={allocatedAt} format="absolute" /> until{" "}
          <Time value={releasedAt} never="now" format="absolute" />.
        </li>
      ))}
    </ul>
  );
}
