import type { ComponentProps } from "react";
import { classNames } from "./class-names";

/** One line of text. Give it a label, or use `TextField` in forms. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...rest} className={classNames("field-control h-8", className)} />;
}
