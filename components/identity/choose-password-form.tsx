"use client";

import { z } from "zod";
import { Form, SubmitButton } from "@/components/form/form";
import { PasswordField } from "@/components/form/password-field";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Alert } from "@/components/ui/alert";
import { LinkButton } from "@/components/ui/button";
import { NewPassword, PASSWORD_MIN } from "@/server/modules/identity/schema";
import { useLinkSecret } from "./link-secret";

const Schema = z.object({ password: NewPassword });

function PasswordForm({ token }: { token: string }) {
  const form = useServerForm({
    schema: Schema,
    defaultValues: { password: "" },
    submit: ({ password }) => trpc.account.choosePassword.mutate({ token, password }),
    onDone: ({ username }) => window.location.assign(`/sign-in?username=${encodeURIComponent(username)}`),
  });
  return (
    <Form form={form}>
      <PasswordField
        name="password"
        label="New password"
        autoComplete="new-password"
        autoFocus
        description={`At least ${PASSWORD_MIN} characters; a sentence is easy to remember.`}
      />
      <SubmitButton form={form} isWide label="Set password" />
    </Form>
  );
}

/** Chooses a password with a one-time link; signing in with it is the next step. */
export function ChoosePasswordForm() {
  const token = useLinkSecret();
  if (token === undefined) return null;
  if (token) return <PasswordForm token={token} />;
  return (
    <Alert
      tone="warning"
      title="This link is not complete"
      actions={<LinkButton href="/sign-in">Go to sign-in</LinkButton>}
    >
      Open the whole link you were given, or ask an administrator for a new one.
    </Alert>
  );
}
