"use client";

import { Tooltip as Base } from "@base-ui/react/tooltip";
import { useEffect, useRef, useState } from "react";
import { type Described, TooltipWatch } from "./tooltip-watch";

/**
 * The tooltip of the whole app: shows the `data-tooltip` of whatever is hovered or has the keyboard's focus. One for
 * all, because a tooltip of its own costs more than the button it belongs to. It is for the eyes: give the element its
 * own accessible name or description.
 */
export function TooltipHost() {
  const [described, setDescribed] = useState<Described | null>(null);
  const [isShown, setIsShown] = useState(false);
  const popup = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const watch = new TooltipWatch(
      (next) => {
        // What fades away keeps its words.
        if (next) setDescribed(next);
        setIsShown(next !== null);
      },
      (target) => target instanceof Node && popup.current?.contains(target) === true,
    );
    return () => watch.stop();
  }, []);
  if (!described) return null;
  return (
    <Base.Root open={isShown}>
      <Base.Portal>
        <Base.Positioner anchor={described.anchor} sideOffset={6} className="z-50">
          <Base.Popup
            ref={popup}
            aria-hidden
            data-tooltip-popup
            // Pressing it takes the focus from nothing.
            onMouseDown={(event) => event.preventDefault()}
            className="popup max-w-64 px-2 py-1 text-xs text-pretty"
          >
            {described.text}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
