"use client";

import { TextField } from "@/components/form/fields";
import { Form, SubmitButton } from "@/components/form/form";
import { PasswordField } from "@/components/form/password-field";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Alert } from "@/components/ui/alert";
import { CreateFirstAdmin, PASSWORD_MIN } from "@/server/modules/identity/schema";
import { useLinkSecret } from "./link-secret";
import { signInWith } from "./sign-in";

const Schema = CreateFirstAdmin.omit({ token: true });

function AdminForm({ token }: { token: string }) {
  const form = useServerForm({
    schema: Schema,
    defaultValues: { username: "", email: "", password: "" },
    submit: async (values) => {
      await trpc.setup.complete.mutate({ ...values, token });
      const { username, password } = values;
      // The link is used up by now: whatever keeps the sign-in from working, the way on is the sign-in page.
      return signInWith({ username, password, remember: false }).then(
        () => "/",
        () => `/sign-in?username=${encodeURIComponent(username)}`,
      );
    },
    onDone: (address) => window.location.assign(address),
  });
  return (
    <Form form={form}>
      <TextField name="username" label="User name" autoComplete="username" autoFocus />
      <TextField name="email" label="E-mail" type="email" autoComplete="email" isOptional />
      <PasswordField
        name="password"
        label="Password"
        autoComplete="new-password"
        description={`At least ${PASSWORD_MIN} characters; a sentence is easy to remember.`}
      />
      <SubmitButton form={form} isWide label="Create administrator" />
    </Form>
  );
}

/** Creates the first administrator with the link that the start printed. */
export function SetupForm() {
  const token = useLinkSecret();
  if (token === undefined) return null;
  if (token) return <AdminForm token={token} />;
  return (
    <Alert tone="warning" title="Open the set-up link">
      Keyward printed a one-time link when it started. Open that link to create the first administrator; restart Keyward
      for a new one.
    </Alert>
  );
}
