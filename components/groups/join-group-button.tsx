"use client";

import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { z } from "zod";
import { useReasonAgainst } from "@/components/access/can";
import { SelectField } from "@/components/form/fields";
import { FormDialog } from "@/components/form/form-dialog";
import { problemOf } from "@/components/form/problem";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toastProblem } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/button";
import type { Option } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Group } from "@/server/modules/groups/schema";

const Schema = z.object({ groupId: z.uuid("Choose a group.") });

interface JoinGroupButtonProps {
  user: { id: string; username: string };
  /** Those the user is in. */
  groups: readonly Pick<Group, "id">[];
}

/** Puts the user of this page into one more group; the groups there are, are asked for when they are wanted. */
export function JoinGroupButton({ user, groups }: JoinGroupButtonProps) {
  const [options, setOptions] = useState<readonly Option[] | null>(null);
  const [isBusy, setBusy] = useState(false);
  const reason = useReasonAgainst("group.assign");
  const open = async () => {
    setBusy(true);
    try {
      const all = await trpc.groups.options.query();
      const others = all.filter(({ id, isSystem }) => !isSystem && !groups.some((group) => group.id === id));
      setOptions(others.map(({ id, name }) => ({ value: id, label: name })));
    } catch (error) {
      toastProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button size="small" icon={<Plus aria-hidden />} isBusy={isBusy} disabledReason={reason} onClick={open}>
        Add to a group
      </Button>
      {options ? <JoinGroupDialog user={user} options={options} onClose={() => setOptions(null)} /> : null}
    </>
  );
}

interface JoinGroupDialogProps extends Pick<JoinGroupButtonProps, "user"> {
  options: readonly Option[];
  onClose: () => void;
}

function JoinGroupDialog({ user, options, onClose }: JoinGroupDialogProps) {
  const router = useRouter();
  const form = useServerForm({
    schema: Schema,
    defaultValues: { groupId: "" },
    submit: ({ groupId }) => trpc.groups.addMembers.mutate({ id: groupId, userIds: [user.id] }),
    onDone: ({ group }) => {
      toast({ title: `${user.username} is in ${group.name} now` });
      onClose();
      router.refresh();
    },
  });
  return (
    <FormDialog
      form={form}
      title={`Add ${user.username} to a group`}
      description="What policies give the group, this user's devices get."
      submitLabel="Add to group"
      onClose={onClose}
    >
      <SelectField
        name="groupId"
        label="Group"
        options={options}
        placeholder={options.length === 0 ? "There is no other group" : "Choose a group"}
        description={options.length === 0 ? "Create one under Groups first." : undefined}
      />
    </FormDialog>
  );
}
