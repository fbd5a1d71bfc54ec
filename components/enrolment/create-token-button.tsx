"use client";

import { Plus } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { addressWith } from "@/components/table/table-address";
import { Button } from "@/components/ui/button";
import type { TagLabel } from "@/server/modules/tags/schema";
import { CreateTokenDialog } from "./create-token-dialog";

/** The parameter that opens the dialog at once, for links from elsewhere. */
const CREATE = "create";

/** Opens the dialog for a new token; so does an address with `?create=1`. */
export function CreateTokenButton({ tags }: { tags: readonly TagLabel[] }) {
  const router = useRouter();
  const path = usePathname();
  const search = useSearchParams();
  const reason = useReasonAgainst("enrolment-token.create");
  const [isOpen, setOpen] = useState(search.has(CREATE) && !reason);
  const close = () => {
    setOpen(false);
    if (search.has(CREATE)) router.replace(addressWith(path, new URLSearchParams(search), { [CREATE]: null }));
  };
  return (
    <>
      <Button variant="primary" icon={<Plus aria-hidden />} disabledReason={reason} onClick={() => setOpen(true)}>
        Create token
      </Button>
      {isOpen ? <CreateTokenDialog tags={tags} onClose={close} /> : null}
    </>
  );
}
