"use client";

import { useRouter } from "next/navigation";
import { NumberField, TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { type Pool, ReserveRange, ResizePool } from "@/server/modules/addresses/schema";

interface PoolDialogProps {
  pool: Pool;
  onClose: () => void;
}

function useDone(onClose: () => void) {
  const router = useRouter();
  return (title: string) => {
    toast({ title });
    onClose();
    router.refresh();
  };
}

/** Another prefix for the pool, which keeps its start. */
export function ResizeDialog({ pool, onClose }: PoolDialogProps) {
  const done = useDone(onClose);
  const form = useServerForm({
    schema: ResizePool,
    defaultValues: { id: pool.id, prefix: Number(pool.cidr.split("/")[1]) },
    submit: (values) => trpc.addresses.resize.mutate(values),
    onDone: ({ cidr }) => done(`The pool is ${cidr} now`),
  });
  return (
    <FormDialog
      form={form}
      title={`Resize ${pool.cidr}`}
      description="The gateway's tunnel network changes with it. It keeps its start; a smaller number makes it larger."
      submitLabel="Resize"
      onClose={onClose}
    >
      <NumberField
        name="prefix"
        label="Length of the prefix"
        description="Each step down doubles the pool. Devices that have an address must stay inside."
        min={pool.family === 4 ? 8 : 48}
        max={pool.family === 4 ? 30 : 112}
        autoFocus
      />
    </FormDialog>
  );
}

/** A range that no device gets by itself. */
export function ReserveDialog({ pool, onClose }: PoolDialogProps) {
  const done = useDone(onClose);
  const form = useServerForm({
    schema: ReserveRange,
    defaultValues: { id: pool.id, range: "" },
    submit: (values) => trpc.addresses.reserve.mutate(values),
    onDone: (_, { range }) => done(`${range} is reserved`),
  });
  return (
    <FormDialog
      form={form}
      title={`Reserve a range of ${pool.cidr}`}
      description="No device gets an address of it by itself; you can still assign them by hand."
      submitLabel="Reserve"
      onClose={onClose}
    >
      <TextField
        name="range"
        label="Range"
        description={pool.family === 4 ? "A network such as 10.77.0.0/28, or one address with /32." : "A network."}
        autoComplete="off"
        spellCheck={false}
        autoFocus
      />
    </FormDialog>
  );
}
