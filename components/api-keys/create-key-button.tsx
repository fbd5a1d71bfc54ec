"use client";

import { Plus } from "lucide-react";
import { useState } from "react";
import { usePermissions } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import { CreateKeyDialog } from "./create-key-dialog";

/** Opens the dialog for a new key; off for whoever has no rights to pass on. */
export function CreateKeyButton() {
  const [isOpen, setOpen] = useState(false);
  const reason = usePermissions().size === 0 ? "Your roles allow nothing that a key could do" : null;
  return (
    <>
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason} onClick={() => setOpen(true)}>
        Create API key
      </Button>
      {isOpen ? <CreateKeyDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}
