"use client";

import { type KeyboardEvent, type MouseEvent, useId, useState } from "react";

/** Which item has the focus when the menu was opened by a key; none when a pointer did. */
type FirstFocus = "first" | "last" | null;

interface Opening<Subject> {
  /** What the menu is about, where several buttons share one. */
  subject: Subject;
  button: HTMLElement;
  focus: FirstFocus;
}

const ARROWS: Readonly<Record<string, FirstFocus>> = { ArrowDown: "first", ArrowUp: "last" };

/** The id of the button that a menu is named after while it is open. */
export const labelOf = (menuId: string): string => `${menuId}button`;

/**
 * A menu and the plain buttons that open it. The menu itself is not rendered before its first use, because a page has
 * dozens of menus and most of them are never opened.
 */
export function useMenu<Subject = undefined>() {
  const id = useId();
  const [opening, setOpening] = useState<Opening<Subject> | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const toggle = (button: HTMLElement, subject: Subject, focus: FirstFocus) => {
    if (button.ariaDisabled === "true") return;
    if (isOpen && opening?.button === button) return setIsOpen(false);
    // Not every browser gives a pressed button the focus, which is where it returns to.
    button.focus({ preventScroll: true });
    setOpening({ subject, button, focus });
    setIsOpen(true);
  };
  const trigger = (subject: Subject) => {
    const isExpanded = isOpen && opening?.subject === subject;
    return {
      "aria-haspopup": "menu",
      "aria-expanded": isExpanded,
      ...(isExpanded ? { id: labelOf(id), "aria-controls": id } : {}),
      onMouseDown: ({ button, currentTarget }: MouseEvent<HTMLElement>) => {
        if (button === 0) toggle(currentTarget, subject, null);
      },
      // A click of a pointer has been seen when it was pressed; this one is by Enter, Space or a screen reader.
      onClick: ({ detail, currentTarget }: MouseEvent<HTMLElement>) => {
        if (detail === 0) toggle(currentTarget, subject, "first");
      },
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        const focus = ARROWS[event.key];
        if (!focus) return;
        event.preventDefault();
        toggle(event.currentTarget, subject, focus);
      },
    } as const;
  };
  return { id, opening, isOpen, setIsOpen, trigger };
}

export type MenuState = Pick<ReturnType<typeof useMenu<unknown>>, "id" | "opening" | "isOpen" | "setIsOpen">;
