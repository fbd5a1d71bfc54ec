"use client";

import { UserPlus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { ChoicesField } from "@/components/form/choices-field";
import { TextField } from "@/components/form/fields";
import { Form, SubmitButton } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { CreateUser, type Role } from "@/server/modules/identity/schema";
import { type IssuedLink, PasswordLink } from "./password-link-dialog";
import { roleChoices } from "./role-choices";

interface CreateUserButtonProps {
  /** The roles there are; empty when the reader may not see them. */
  roles: readonly Role[];
}

/** Invites a user: name and roles first, then the one-time link to hand over. */
export function CreateUserButton({ roles }: CreateUserButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [link, setLink] = useState<IssuedLink | null>(null);
  const router = useRouter();
  const reason = useReasonAgainst("user.create");
  const close = () => {
    setIsOpen(false);
    if (!link) return;
    setLink(null);
    router.refresh();
  };
  return (
    <>
      <Button variant="primary" icon={<UserPlus aria-hidden />} disabledReason={reason} onClick={() => setIsOpen(true)}>
        Create user
      </Button>
      <Dialog
        isOpen={isOpen}
        isLocked={link !== null}
        onOpenChange={close}
        size="medium"
        title={link ? `${link.username} is invited` : "Create user"}
        description={link ? undefined : "You get a link for them to choose a password with. Nobody else ever knows it."}
      >
        {link ? (
          <PasswordLink link={link} label="Invitation link" onClose={close} />
        ) : (
          <CreateUserForm roles={roles} onCreated={setLink} />
        )}
      </Dialog>
    </>
  );
}

function CreateUserForm({ roles, onCreated }: { roles: readonly Role[]; onCreated: (link: IssuedLink) => void }) {
  const mayGiveRoles = useReasonAgainst("role.assign") === null;
  const form = useServerForm({
    schema: CreateUser,
    defaultValues: { username: "", displayName: "", email: "", roles: ["user"] },
    submit: (values) => trpc.users.create.mutate(values),
    onDone: onCreated,
  });
  return (
    <Form form={form}>
      <TextField
        name="username"
        label="User name"
        description="For signing in. It cannot be changed later."
        autoComplete="off"
        spellCheck={false}
        autoFocus
      />
      <TextField name="displayName" label="Name" isOptional autoComplete="off" />
      <TextField name="email" label="E-mail" type="email" isOptional autoComplete="off" />
      {mayGiveRoles && roles.length > 0 ? (
        <ChoicesField name="roles" label="Roles" choices={roleChoices(roles)} />
      ) : null}
      <div className="flex justify-end">
        <SubmitButton form={form} label="Create user" />
      </div>
    </Form>
  );
}
