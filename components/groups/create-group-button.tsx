"use client";

import { Plus } from "lucide-react";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import { GroupDialog } from "./group-dialog";

/** Creates a group, for those who may. */
export function CreateGroupButton() {
  const [isOpen, setOpen] = useState(false);
  const reason = useReasonAgainst("group.create");
  return (
    <>
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason} onClick={() => setOpen(true)}>
        Create group
      </Button>
      {isOpen ? <GroupDialog group={null} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
