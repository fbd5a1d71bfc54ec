"use client";

import { useRouter } from "next/navigation";
import { Button } from "@/components/ui/button";
import type { Group } from "@/server/modules/groups/schema";
import { useGroupActions } from "./use-group-actions";

/** The actions of the list's row menu, on the group's own page. */
export function GroupActionButtons({ group }: { group: Group }) {
  const router = useRouter();
  const { actionsFor, dialogs } = useGroupActions(() => router.push("/groups"));
  return (
    <>
      {actionsFor(group).map(({ key, label, icon, isDanger, disabledReason, onSelect }) => (
        <Button
          key={key}
          icon={icon}
          variant={isDanger ? "danger" : undefined}
          disabledReason={disabledReason}
          onClick={() => onSelect?.()}
        >
          {label}
        </Button>
      ))}
      {dialogs}
    </>
  );
}
