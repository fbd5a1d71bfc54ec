import { classNames } from "./class-names";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";
export type ButtonSize = "small" | "medium";

const variants: Record<ButtonVariant, string> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "border-control/60 bg-surface text-ink hover:bg-hover",
  ghost: "border-transparent text-ink hover:bg-hover",
  danger: "border-transparent bg-danger-solid text-on-accent hover:bg-danger-solid-hover",
};

const sizes: Record<ButtonSize, string> = {
  small: "h-7 px-2 text-xs [&_svg]:size-3.5",
  medium: "h-8 px-3 text-sm [&_svg]:size-4",
};

// Dashed, because in high contrast no colour is left to say it.
const inactive = "border-dashed border-line bg-sunken text-muted";

/** The classes every button and button-like link shares. */
export function buttonClass(look: {
  variant?: ButtonVariant;
  size?: ButtonSize;
  isInactive?: boolean;
  className?: string;
}): string {
  return classNames(
    "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors select-none [&_svg]:shrink-0",
    look.isInactive ? inactive : variants[look.variant ?? "secondary"],
    sizes[look.size ?? "medium"],
    look.className,
  );
}
