import type { ComponentProps } from "react";
import { classNames } from "./class-names";

/** The browser tells the state of a checkbox itself; aria-checked is not allowed on one. */
const native = { type: "checkbox", role: "switch" } as const;

/** On or off, at once. A checkbox underneath, so that forms and password managers understand it. */
export function Switch({ className, ...rest }: Omit<ComponentProps<"input">, "type" | "role">) {
  return (
    <span className={classNames("relative inline-flex h-6 w-10 shrink-0 items-center", className)}>
      <input
        {...rest}
        {...native}
        className="peer size-full appearance-none rounded-full border border-control bg-sunken transition-colors checked:border-accent checked:bg-accent disabled:opacity-60"
      />
      <span
        aria-hidden
        className="pointer-events-none absolute start-1 size-4 rounded-full border border-control bg-control transition-transform peer-checked:translate-x-4 peer-checked:border-on-accent peer-checked:bg-on-accent rtl:peer-checked:-translate-x-4"
      />
    </span>
  );
}
