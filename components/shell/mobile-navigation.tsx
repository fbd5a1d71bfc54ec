"use client";

import { Dialog } from "@base-ui/react/dialog";
import { Menu as MenuIcon, X } from "lucide-react";
import { usePathname } from "next/navigation";
import { useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { Brand } from "./brand";
import type { NavigationNode } from "./navigation";
import { NavigationList } from "./sidebar";

/** The navigation as a drawer, where there is no room for a sidebar. Following a link closes it. */
export function MobileNavigation({ nodes }: { nodes: readonly NavigationNode[] }) {
  const path = usePathname();
  // Open for the page it was opened on: going elsewhere closes it.
  const [openedOn, setOpenedOn] = useState<string | null>(null);
  const isOpen = openedOn === path;
  return (
    <Dialog.Root open={isOpen} onOpenChange={(next) => setOpenedOn(next ? path : null)}>
      <Dialog.Trigger render={<IconButton label="Open navigation" className="lg:hidden" />}>
        <MenuIcon aria-hidden />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
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
    </Dialog.Root>
  );
}
