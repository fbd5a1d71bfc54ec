"use client";

import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { Field, type FieldProps } from "./field";

interface PasswordFieldProps extends FieldProps {
  autoComplete: "current-password" | "new-password";
  autoFocus?: boolean;
}

/** A password, hidden until asked to show it, so that nobody has to type it twice. */
export function PasswordField({ autoComplete, autoFocus, ...field }: PasswordFieldProps) {
  const [isShown, setIsShown] = useState(false);
  return (
    <Field {...field}>
      {(control) => (
        <div className="relative">
          <Input
            {...control}
            type={isShown ? "text" : "password"}
            autoComplete={autoComplete}
            autoFocus={autoFocus}
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            className="pe-9"
          />
          <IconButton
            label={isShown ? "Hide password" : "Show password"}
            onClick={() => setIsShown(!isShown)}
            className="absolute end-0.5 top-1/2 size-7! -translate-y-1/2 text-muted"
          >
            {isShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          </IconButton>
        </div>
      )}
    </Field>
  );
}
