"use client";

import { LoaderCircle } from "lucide-react";
import Link from "next/link";
import { type ComponentProps, type MouseEvent, type ReactNode, useId } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-look";

interface Look {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** An icon element, before the text. */
  icon?: ReactNode;
}

interface ButtonProps extends Look, Omit<ComponentProps<"button">, "disabled"> {
  /** Work is under way: shows a spinner and ignores presses, but keeps the focus. */
  isBusy?: boolean;
  /** Why the button cannot be used now. It stays focusable and says so. */
  disabledReason?: string | null | undefined;
}

/** A button. `type` is "button" unless said otherwise. */
export function Button({ variant, size, icon, isBusy, disabledReason, children, className, ...rest }: ButtonProps) {
  const reasonId = useId();
  const isInactive = Boolean(disabledReason);
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    // A submit button must not submit either, whichever way it was pressed.
    if (isInactive || isBusy) event.preventDefault();
    else rest.onClick?.(event);
  };
  const button = (
    <button
      type="button"
      {...rest}
      onClick={press}
      aria-disabled={isInactive || isBusy || undefined}
      aria-busy={isBusy || undefined}
      data-tooltip={disabledReason || undefined}
      aria-describedby={disabledReason ? reasonId : rest["aria-describedby"]}
      className={buttonClass({ variant, size, isInactive, className })}
    >
      {isBusy ? <LoaderCircle aria-hidden className="animate-spin" /> : icon}
      {children}
    </button>
  );
  if (!disabledReason) return button;
  return (
    <>
      {button}
      <span id={reasonId} className="sr-only">
        {disabledReason}
      </span>
    </>
  );
}

interface LinkButtonProps extends Look, ComponentProps<typeof Link> {}

/** A link that looks like a button: it goes somewhere and changes nothing. */
export function LinkButton({ variant, size, icon, children, className, ...rest }: LinkButtonProps) {
  return (
    <Link prefetch={false} {...rest} className={buttonClass({ variant, size, className })}>
      {icon}
      {children}
    </Link>
  );
}
