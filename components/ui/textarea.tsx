import type { ComponentProps } from "react";
import { classNames } from "./class-names";

/** Several lines of text; grows with them where the browser can. */
export function Textarea({ className, rows = 3, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      rows={rows}
      {...rest}
      className={classNames("field-control field-sizing-content max-h-96 min-h-18 py-1.5", className)}
    />
  );
}
