"use client";

import { type ComponentProps, type Ref, useCallback } from "react";
import { classNames } from "./class-names";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type" | "ref"> {
  ref?: Ref<HTMLInputElement>;
  /** Some, but not all, of what it stands for are on. */
  isIndeterminate?: boolean;
}

/** A tick box, 16 px in a 24 px target. */
export function Checkbox({ className, ref, isIndeterminate = false, ...rest }: CheckboxProps) {
  const setElement = useCallback(
    (element: HTMLInputElement | null) => {
      // There is no attribute for it: browsers take it from the property only.
      if (element) element.indeterminate = isIndeterminate;
      if (typeof ref === "function") ref(element);
      else if (ref) ref.current = element;
    },
    [ref, isIndeterminate],
  );
  return (
    <span className={classNames("inline-flex size-6 items-center justify-center", className)}>
      <input {...rest} ref={setElement} type="checkbox" className="size-4 accent-accent" />
    </span>
  );
}
