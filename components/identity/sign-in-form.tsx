"use client";

import { CheckboxField, TextField } from "@/components/form/fields";
import { Form, SubmitButton } from "@/components/form/form";
import { PasswordField } from "@/components/form/password-field";
import { useServerForm } from "@/components/form/use-server-form";
import { SignIn } from "@/server/modules/sessions/schema";
import { safeNext, signInWith } from "./sign-in";

interface SignInFormProps {
  /** Where to go afterwards. */
  next?: string;
  /** Prefilled, when it is known who is about to sign in. */
  username?: string;
}

export function SignInForm({ next, username = "" }: SignInFormProps) {
  const form = useServerForm({
    schema: SignIn,
    defaultValues: { username, password: "", remember: false },
    submit: signInWith,
    // A full load, so that nothing rendered for somebody else stays in memory.
    onDone: () => window.location.assign(safeNext(next)),
  });
  return (
    <Form form={form}>
      <TextField name="username" label="User name or e-mail" autoComplete="username" autoFocus={!username} />
      <PasswordField name="password" label="Password" autoComplete="current-password" autoFocus={Boolean(username)} />
      <CheckboxField
        name="remember"
        label="Keep me signed in on this device"
        description="For 30 days; not for administrators."
      />
      <SubmitButton form={form} isWide label="Sign in" />
    </Form>
  );
}
