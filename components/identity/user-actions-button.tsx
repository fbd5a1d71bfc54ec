"use client";

import { ChevronDown } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import type { Role, User } from "@/server/modules/identity/schema";
import { useUserActions } from "./use-user-actions";

/** The actions of the list's row menu, on the user's own page. */
export function UserActionsButton({ user, roles }: { user: User; roles: readonly Role[] }) {
  const { actionsFor, dialogs } = useUserActions(roles);
  return (
    <>
      <Menu
        align="end"
        trigger={
          <Button>
            Actions
            <ChevronDown aria-hidden />
          </Button>
        }
      >
        {actionsFor(user).map(({ key, label, icon, isDanger, disabledReason, onSelect }) => (
          <MenuItem
            key={key}
            icon={icon}
            isDanger={isDanger}
            disabledReason={disabledReason}
            onSelect={() => onSelect?.()}
          >
            {label}
          </MenuItem>
        ))}
      </Menu>
      {dialogs}
    </>
  );
}
