import { ChevronsUpDown } from "lucide-react";
import type { ComponentProps } from "react";
import { classNames } from "./class-names";

export interface Option {
  value: string;
  label: string;
  isDisabled?: boolean;
}

interface SelectProps extends Omit<ComponentProps<"select">, "children"> {
  options: readonly Option[];
  /** Shown for the empty value. */
  placeholder?: string;
}

/** One of a list. The browser's own control: it works on every phone, and without a script. */
export function Select({ options, placeholder, className, ...rest }: SelectProps) {
  return (
    <span className={classNames("relative inline-flex w-full", className)}>
      <select {...rest} className="field-control h-8 appearance-none truncate pe-8">
        {placeholder === undefined ? null : <option value="">{placeholder}</option>}
        {options.map(({ value, label, isDisabled }) => (
          <option key={value} value={value} disabled={isDisabled}>
            {label}
          </option>
        ))}
      </select>
      <ChevronsUpDown
        aria-hidden
        className="pointer-events-none absolute end-2.5 top-1/2 size-3.5 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
