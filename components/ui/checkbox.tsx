"use client";

import { type ComponentProps, type Ref, useCallback } from "react";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type" | "ref" | "className"> {
  ref?: Ref<HTMLInputElement>;
  /** Some, but not all, of what it stands for are on. */
  isIndeterminate?: boolean;
}

/** A tick box, 16 px with the room of a 24 px target. */
export function Checkbox({ ref, isIndeterminate = false, ...rest }: CheckboxProps) {
  const setElement = useCallback(
    (element: HTMLInputElement | null) => {
      // There is no attribute for it: browsers take it from the property only.
      if (element) element.indeterminate = isIndeterminate;
      if (typeof ref === "function") ref(element);
      else if (ref) ref.current = element;
    },
    [ref, isIndeterminate],
  );
  return <input {...rest} ref={setElement} type="checkbox" className="tick-box" />;
}
