"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { Form, SubmitButton } from "@/components/form/form";
import { PasswordField } from "@/components/form/password-field";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { toast } from "@/components/ui/toast";
import { ChangePassword, PASSWORD_MIN } from "@/server/modules/identity/schema";

/** Changes one's own password; this browser goes on with the new session that the answer brings. */
export function ChangePasswordForm({ username }: { username: string }) {
  const router = useRouter();
  const [round, setRound] = useState(0);
  const changed = () => {
    toast({ title: "Password changed", description: "Your other sessions have ended. You stay signed in here." });
    // Fresh fields: no password stays in the page.
    setRound(round + 1);
    router.refresh();
  };
  return <PasswordForm key={round} username={username} onDone={changed} />;
}

function PasswordForm({ username, onDone }: { username: string; onDone: () => void }) {
  const form = useServerForm({
    schema: ChangePassword,
    defaultValues: { currentPassword: "", newPassword: "" },
    submit: (values) => trpc.account.changePassword.mutate(values),
    onDone,
  });
  return (
    <Form form={form} className="max-w-md space-y-4">
      {/* Tells password managers whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordField name="currentPassword" label="Current password" autoComplete="current-password" />
      <PasswordField
        name="newPassword"
        label="New password"
        autoComplete="new-password"
        description={`At least ${PASSWORD_MIN} characters; a sentence is easy to remember.`}
      />
      <SubmitButton form={form} label="Change password" />
    </Form>
  );
}
