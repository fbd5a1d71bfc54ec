"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { classNames } from "./class-names";
import { IconButton } from "./icon-button";
import { useFirstUse } from "./use-first-use";

interface DialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons; on narrow screens they stack. */
  footer?: ReactNode;
  size?: "small" | "medium" | "large";
  /** Escape, the backdrop and the close button do nothing: only the content can close it. */
  isLocked?: boolean;
  /** What gets the focus on opening; the first focusable element otherwise. */
  initialFocus?: RefObject<HTMLElement | null>;
  children?: ReactNode;
}

const widths = { small: "max-w-md", medium: "max-w-xl", large: "max-w-3xl" };

/** A modal dialog: traps and returns the focus, closes on Escape, scrolls inside itself. */
export function Dialog(props: DialogProps) {
  const { isOpen, onOpenChange, isLocked, size = "small" } = props;
  const isInUse = useFirstUse(isOpen);
  if (!isInUse) return null;
  return (
    <Base.Root
      open={isInUse === "ready" && isOpen}
      disablePointerDismissal={isLocked}
      onOpenChange={(next) => {
        if (next || !isLocked) onOpenChange(next);
      }}
    >
      <Base.Portal>
        <DialogBackdrop />
        <Base.Viewport className="fixed inset-0 z-40 flex items-center justify-center p-3 sm:p-6">
          <Base.Popup
            data-modal
            initialFocus={props.initialFocus}
            className={classNames("popup flex max-h-full w-full flex-col rounded-xl", widths[size])}
          >
            <DialogFrame {...props} />
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

/** What dims the page behind a dialog. */
export function DialogBackdrop() {
  return (
    <Base.Backdrop className="fixed inset-0 z-40 bg-backdrop transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
  );
}

function DialogFrame({ title, description, footer, isLocked, children }: DialogProps) {
  return (
    <>
      <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
        <div className="min-w-0">
          <Base.Title className="text-base font-semibold break-words">{title}</Base.Title>
          {description ? (
            <Base.Description className="mt-1 text-sm text-muted text-pretty">{description}</Base.Description>
          ) : null}
        </div>
        {isLocked ? null : (
          <Base.Close render={<IconButton label="Close" hasTooltip={false} className="-me-1.5 -mt-0.5" />}>
            <X aria-hidden />
          </Base.Close>
        )}
      </div>
      {children ? <div className="min-h-0 overflow-y-auto px-5 pt-1 pb-4">{children}</div> : null}
      {footer ? (
        <div className="flex flex-col-reverse gap-2 rounded-b-xl border-t border-line bg-canvas px-5 py-3 sm:flex-row sm:justify-end">
          {footer}
        </div>
      ) : null}
    </>
  );
}
