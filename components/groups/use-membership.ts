"use client";

import { useRouter } from "next/navigation";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { toast } from "@/components/ui/toast";

interface Named {
  id: string;
  name: string;
}

/** Takes a user out of a group at once, with a way back: nothing else is lost with a membership. */
export function useTakeOut() {
  const router = useRouter();
  const back = useAction(trpc.groups.addMembers.mutate, { success: ({ group }) => `Back in ${group.name}` });
  const { run } = useAction(trpc.groups.removeMember.mutate);
  return async (group: Named, user: { id: string; username: string }): Promise<void> => {
    try {
      await run({ id: group.id, userId: user.id });
    } catch {
      // It has told so itself, and the list may be out of date.
      router.refresh();
      return;
    }
    toast({
      title: `${user.username} taken out of ${group.name}`,
      action: { label: "Undo", onSelect: () => back.start({ id: group.id, userIds: [user.id] }) },
    });
  };
}
