"use client";

import { useRouter } from "next/navigation";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import type { Tunnel } from "@/server/modules/tunnels/schema";
import { KeyFields } from "./key-fields";
import { makeProfile } from "./make-profile";
import type { MadeProfile } from "./profile-dialog";
import { chosenKey, NewKeyForm } from "./tunnel-form";

interface NewKeyDialogProps {
  tunnel: Pick<Tunnel, "id" | "deviceName">;
  hasAgent: boolean;
  onClose: () => void;
  onMade: (made: MadeProfile) => void;
}

/** Lets a tunnel go on under another key. */
export function NewKeyDialog({ tunnel: { id, deviceName }, hasAgent, onClose, onMade }: NewKeyDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: NewKeyForm,
    defaultValues: { keyFrom: "browser", publicKey: "" },
    submit: (key) => makeProfile((publicKey) => trpc.tunnels.rotateKey.mutate({ id, publicKey }), chosenKey(key)),
    onDone(made) {
      onMade(made);
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`New key for ${deviceName}`}
      description="The profile on the device stops working at once; its addresses stay. The old key never comes back."
      submitLabel="Replace key"
      size="medium"
      onClose={onClose}
    >
      <KeyFields hasAgent={hasAgent} />
    </FormDialog>
  );
}
