"use client";

import { Dialog } from "@base-ui/react/dialog";
import { Menu as MenuIcon, X } from "lucide-react";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { DialogBackdrop } from "@/components/ui/dialog";
import { IconButton } from "@/components/ui/icon-button";
import { useFirstUse } from "@/components/ui/use-first-use";
import { Brand } from "./brand";
import type { NavigationNode } from "./navigation";
import { NavigationList } from "./sidebar";

/** The navigation as a drawer, where there is no room for a sidebar. Following a link closes it. */
export function MobileNavigation({ nodes }: { nodes: readonly NavigationNode[] }) {
  const path = usePathname();
  // Open for the page it was opened on: going elsewhere closes it.
  const [openedOn, setOpenedOn] = useState<string | null>(null);
  const isOpen = openedOn === path;
  const use = useFirstUse(isOpen);
  return (
    <>
      <IconButton
        label="Open navigation"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={({ currentTarget }) => {
          // Not every browser gives a pressed button the focus, which is where it returns to.
          currentTarget.focus();
          setOpenedOn(path);
        }}
        className="lg:hidden"
      >
        <MenuIcon aria-hidden />
      </IconButton>
      {use ? (
        <Dialog.Root open={use === "ready" && isOpen} onOpenChange={(next) => setOpenedOn(next ? path : null)}>
          <Drawer nodes={nodes} />
        </Dialog.Root>
      ) : null}
    </>
  );
}

function Drawer({ nodes }: { nodes: readonly NavigationNode[] }) {
  return (
    <Dialog.Portal>
      <DialogBackdrop />
      <Dialog.Popup
        data-modal
        className="fixed inset-y-0 start-0 z-40 flex w-72 max-w-[85vw] flex-col border-e border-line bg-surface text-ink outline-none transition-transform duration-150 data-ending-style:-translate-x-full data-starting-style:-translate-x-full"
      >
        <div className="flex h-12 shrink-0 items-center justify-between border-b border-line px-4">
          <Dialog.Title render={<div />}>
            <Brand />
          </Dialog.Title>
          <Dialog.Close render={<IconButton label="Close navigation" hasTooltip={false} />}>
            <X aria-hidden />
          </Dialog.Close>
        </div>
        <nav aria-label="Main" className="min-h-0 flex-1 overflow-y-auto p-3">
          <NavigationList nodes={nodes} />
        </nav>
      </Dialog.Popup>
    </Dialog.Portal>
  );
}
