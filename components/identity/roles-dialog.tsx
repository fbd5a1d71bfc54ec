"use client";

import { useRouter } from "next/navigation";
import { ChoicesField } from "@/components/form/choices-field";
import { Form, SubmitButton } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { ChangeRoles, type Role, type User } from "@/server/modules/identity/schema";
import { roleChoices } from "./role-choices";

interface RolesDialogProps {
  user: User | null;
  roles: readonly Role[];
  onClose: () => void;
}

/** Which roles a user has. */
export function RolesDialog({ user, roles, onClose }: RolesDialogProps) {
  return (
    <Dialog
      isOpen={user !== null}
      onOpenChange={onClose}
      title={user ? `Roles of ${user.username}` : ""}
      description="Together they decide what the user may do, from the next request on."
    >
      {user ? <RolesForm user={user} roles={roles} onClose={onClose} /> : null}
    </Dialog>
  );
}

function RolesForm({ user, roles, onClose }: { user: User; roles: readonly Role[]; onClose: () => void }) {
  const router = useRouter();
  const form = useServerForm({
    schema: ChangeRoles,
    defaultValues: { id: user.id, roles: user.roles },
    submit: (values) => trpc.users.changeRoles.mutate(values),
    onDone: () => {
      toast({ title: `Roles of ${user.username} changed` });
      onClose();
      router.refresh();
    },
  });
  return (
    <Form form={form}>
      <ChoicesField name="roles" label="Roles" choices={roleChoices(roles)} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <SubmitButton form={form} label="Change roles" />
      </div>
    </Form>
  );
}
