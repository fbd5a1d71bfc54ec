"use client";

import { UserPlus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useCan, useReasonAgainst } from "@/components/access/can";
import { FormDialog } from "@/components/form/form-dialog";
import { useServerForm } from "@/components/form/use-server-form";
import { UsersField } from "@/components/identity/users-field";
import { trpc } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { counted } from "@/components/ui/counted";
import { toast } from "@/components/ui/toast";
import { AddGroupMembers, type Group } from "@/server/modules/groups/schema";

const Schema = AddGroupMembers.pick({ userIds: true });

function AddMembersDialog({ group: { id, name }, onClose }: { group: Group; onClose: () => void }) {
  const router = useRouter();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { userIds: [] },
    submit: (values) => trpc.groups.addMembers.mutate({ id, ...values }),
    onDone: ({ added }) => {
      toast({ title: `${counted(added.length, "member")} added to ${name}` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Add members to ${name}`}
      description="What policies give the group, their devices get."
      submitLabel="Add members"
      onClose={onClose}
    >
      <UsersField name="userIds" label="Users" description="Who is in the group already stays in it." />
    </FormDialog>
  );
}

/** Puts people into the group of this page. */
export function AddMembersButton({ group }: { group: Group }) {
  const [isOpen, setOpen] = useState(false);
  const noAssign = useReasonAgainst("group.assign");
  const mayFind = useCan("user.read");
  const reason = group.isSystem
    ? "Everybody is in this group already"
    : (noAssign ?? (mayFind ? null : "Your roles do not let you find users"));
  return (
    <>
      <Button variant="primary" icon={<UserPlus aria-hidden />} disabledReason={reason} onClick={() => setOpen(true)}>
        Add members
      </Button>
      {isOpen ? <AddMembersDialog group={group} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
