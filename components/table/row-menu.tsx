"use client";

import { Copy, Ellipsis } from "lucide-react";
import { copyText } from "@/components/ui/copy-button";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import type { RowAction } from "./table-model";

/** What one can do with a row; "Copy id" always. */
export function RowMenu({ id, actions }: { id: string; actions: readonly RowAction[] }) {
  const copyId = async () => {
    if (await copyText(id)) toast({ title: "Id copied", tone: "neutral" });
  };
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label="Row actions" className="size-7! text-muted">
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      {actions.map((action) => (
        <RowMenuEntry key={action.key} action={action} />
      ))}
      {actions.length > 0 ? <MenuSeparator /> : null}
      <MenuItem icon={<Copy aria-hidden />} onSelect={copyId}>
        Copy id
      </MenuItem>
    </Menu>
  );
}

function RowMenuEntry({ action }: { action: RowAction }) {
  if (action.href && !action.disabledReason) {
    return (
      <MenuLink href={action.href} icon={action.icon}>
        {action.label}
      </MenuLink>
    );
  }
  return (
    <MenuItem
      icon={action.icon}
      isDanger={action.isDanger}
      disabledReason={action.disabledReason}
      onSelect={() => action.onSelect?.()}
    >
      {action.label}
    </MenuItem>
  );
}
