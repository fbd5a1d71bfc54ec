"use client";

import { Menu as Base } from "@base-ui/react/menu";
import { type FocusEvent, type KeyboardEvent, type ReactNode, useRef } from "react";
import { isPressOf } from "./is-press-of";
import { useFirstUse } from "./use-first-use";
import { labelOf, type MenuState } from "./use-menu";

export interface MenuPlace {
  align?: "start" | "end";
  side?: "top" | "bottom" | "right";
}

interface MenuPopupProps extends MenuPlace {
  menu: MenuState;
  children: ReactNode;
}

/** The menu that a button of {@link useMenu} opens; nothing at all until then. */
export function MenuPopup(props: MenuPopupProps) {
  const { opening } = props.menu;
  return opening ? <OpenedMenu {...props} opening={opening} /> : null;
}

interface OpenedMenuProps extends MenuPopupProps {
  opening: NonNullable<MenuState["opening"]>;
}

function OpenedMenu({ menu, opening, align = "start", side = "bottom", children }: OpenedMenuProps) {
  const { button } = opening;
  const use = useFirstUse(menu.isOpen);
  const focusItem = useFirstFocus(opening);
  const isTab = useRef(false);
  const leave = (event: KeyboardEvent) => {
    isTab.current = event.key === "Tab";
    if (!isTab.current) return;
    // From the button the browser goes on to what follows it, or precedes it.
    button.focus();
    menu.setIsOpen(false);
  };
  return (
    <Base.Root
      modal={false}
      open={use === "ready" && menu.isOpen}
      onOpenChange={(next, details) => {
        // Presses of the button are its own matter: it closes what it opened.
        if (isPressOf(details.event, button)) details.cancel();
        else menu.setIsOpen(next);
      }}
    >
      <Base.Portal>
        <Base.Positioner anchor={button} sideOffset={6} align={align} side={side} className="z-50 outline-none">
          <Base.Popup
            id={menu.id}
            aria-labelledby={labelOf(menu.id)}
            finalFocus={() => !isTab.current && isFocusWithin(menu.id) && button}
            onFocus={focusItem}
            onKeyDown={leave}
            className="popup max-h-(--available-height) max-w-80 min-w-44 overflow-y-auto p-1"
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Whether the focus is in the menu or nowhere: where else it went, by Tab or by pointer, it stays. */
function isFocusWithin(id: string): boolean {
  const { activeElement, body } = document;
  return !activeElement || activeElement === body || document.getElementById(id)?.contains(activeElement) === true;
}

/** Hands the menu's first focus on to the item that the key asked for. */
function useFirstFocus(opening: OpenedMenuProps["opening"]) {
  const done = useRef<unknown>(null);
  return ({ target, currentTarget }: FocusEvent<HTMLElement>) => {
    if (target !== currentTarget || done.current === opening) return;
    done.current = opening;
    if (opening.focus === null) return;
    const items = [...currentTarget.querySelectorAll<HTMLElement>("[role^=menuitem]")];
    items.at(opening.focus === "first" ? 0 : -1)?.focus();
  };
}
