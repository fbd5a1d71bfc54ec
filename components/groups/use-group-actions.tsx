"use client";

import { Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import type { RowAction } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { Group } from "@/server/modules/groups/schema";
import { GroupDialog } from "./group-dialog";
import { groupRemoval } from "./group-removal";

const OF_SYSTEM = "This group belongs to Keyward";

/** What can be done with a group, for row menus and for its page; `dialogs` goes into the page once. */
export function useGroupActions(onRemoved?: () => void): {
  actionsFor: (group: Group) => readonly RowAction[];
  dialogs: ReactNode;
} {
  const [edited, setEdited] = useState<Group | null>(null);
  const confirm = useConfirm();
  const reasons = { update: useReasonAgainst("group.update"), remove: useReasonAgainst("group.remove") };
  const { run } = useAction(trpc.groups.remove.mutate, {
    success: ({ name }) => `Group ${name} removed`,
    onDone: onRemoved,
  });
  const actionsFor = (group: Group): RowAction[] => [
    {
      key: "edit",
      label: "Edit",
      icon: <Pencil aria-hidden />,
      disabledReason: group.isSystem ? OF_SYSTEM : reasons.update,
      onSelect: () => setEdited(group),
    },
    {
      key: "remove",
      label: "Remove…",
      icon: <Trash2 aria-hidden />,
      isDanger: true,
      disabledReason: group.isSystem ? OF_SYSTEM : reasons.remove,
      onSelect: () => void confirm({ ...groupRemoval(group), run: () => run({ id: group.id }) }),
    },
  ];
  return { actionsFor, dialogs: edited ? <GroupDialog group={edited} onClose={() => setEdited(null)} /> : null };
}
