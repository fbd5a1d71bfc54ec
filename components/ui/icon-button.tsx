import type { ComponentProps } from "react";
import { type ButtonVariant, buttonClass } from "./button-look";
import { classNames } from "./class-names";

interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  /** What it does, for screen readers and as its tooltip. */
  label: string;
  variant?: ButtonVariant;
  /** Off where the icon says it all and Escape must reach what the button stands in: it would close the tooltip first. */
  hasTooltip?: boolean;
}

/** A square button with an icon only. */
export function IconButton({ label, variant = "ghost", hasTooltip = true, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      data-tooltip={hasTooltip ? label : undefined}
      {...rest}
      className={buttonClass({ variant, className: classNames("size-8 px-0!", className) })}
    />
  );
}
