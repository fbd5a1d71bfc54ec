"use client";

import { useRouter } from "next/navigation";
import { z } from "zod";
import { TextField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { LocalMoment, localText } from "@/components/form/local-moment";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { expiryTone } from "@/components/tunnels/expiry";
import { useConfirm } from "@/components/ui/confirm";
import { toast } from "@/components/ui/toast";
import type { DeviceDetail } from "@/server/modules/devices/schema";

const Schema = z.object({ expiresAt: LocalMoment });

interface DeviceExpiryDialogProps {
  device: Pick<DeviceDetail, "id" | "name" | "expiresAt">;
  onClose: () => void;
}

/** Within a day, and not over: what is over is refused, and needs no question first. */
function isSoon(expiresAt: string | null): boolean {
  const [at, now] = [expiresAt === null ? null : Date.parse(expiresAt), Date.now()];
  return at !== null && at > now && expiryTone(at, now) === "danger";
}

/** Says when a device leaves the private network by itself, or that it does not. */
export function DeviceExpiryDialog({ device, onClose }: DeviceExpiryDialogProps) {
  const { id, name } = device;
  const router = useRouter();
  const confirm = useConfirm();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { expiresAt: localText(device.expiresAt) },
    async submit({ expiresAt }) {
      const isMeant =
        !isSoon(expiresAt) ||
        (await confirm({
          title: `Let ${name} leave within a day?`,
          impact: "Its tunnels end at that moment, whatever is going on in them, until somebody puts its end off.",
          confirmLabel: "Set the end",
        }));
      return isMeant ? trpc.devices.setExpiry.mutate({ id, expiresAt }) : null;
    },
    onDone(changed) {
      if (!changed) return;
      toast({ title: changed.expiresAt ? `It was set when ${name} leaves` : `${name} stays on the private network` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`When does ${name} leave the private network?`}
      description="Its gateways drop it at that moment by themselves. It goes on checking in, keeps its addresses, and is back as soon as its end is put off."
      submitLabel="Save"
      onClose={onClose}
    >
      <TextField
        name="expiresAt"
        label="Leaves on"
        type="datetime-local"
        description="Your time. Empty: it stays until somebody ends it."
        autoFocus
      />
    </FormDialog>
  );
}
