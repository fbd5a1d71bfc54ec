"use client";

import { useState } from "react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import type { DeviceAllowance } from "@/server/modules/devices/schema";
import type { User } from "@/server/modules/identity/schema";
import { DeviceLimitDialog } from "./device-limit-dialog";

function reasonFor({ source, groupName }: DeviceAllowance): string {
  if (source === "user") return "set for this user";
  return source === "group" ? `as the group ${groupName} says` : "the general limit";
}

interface DeviceLimitProps {
  user: Pick<User, "id" | "username">;
  allowance: DeviceAllowance;
}

/** How many devices a user has and may have, and the way to change the latter. */
export function DeviceLimit({ user, allowance }: DeviceLimitProps) {
  const [isOpen, setOpen] = useState(false);
  const reason = useReasonAgainst("user.update");
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span>
        {allowance.used} of {allowance.limit}, {reasonFor(allowance)}
      </span>
      <Button
        size="small"
        variant="ghost"
        aria-label="Change the device limit"
        disabledReason={reason}
        onClick={() => setOpen(true)}
      >
        Change
      </Button>
      {isOpen ? <DeviceLimitDialog user={user} allowance={allowance} onClose={() => setOpen(false)} /> : null}
    </span>
  );
}
