"use client";

import { useRouter } from "next/navigation";
import { TextField } from "@/components/form/fields";
import { Form, SaveBar } from "@/components/form/form";
import { useServerForm } from "@/components/form/use-server-form";
import { trpc } from "@/components/trpc/client";
import { Card } from "@/components/ui/card";
import { toast } from "@/components/ui/toast";
import { type Profile, UpdateProfile } from "@/server/modules/identity/schema";

/** What people may change of themselves. */
export function ProfileForm({ profile }: { profile: Profile }) {
  const router = useRouter();
  const form = useServerForm({
    schema: UpdateProfile,
    defaultValues: { displayName: profile.displayName, email: profile.email ?? "" },
    submit: (values) => trpc.account.updateProfile.mutate(values),
    onDone: () => {
      toast({ title: "Profile saved" });
      router.refresh();
    },
  });
  return (
    <Form form={form} isGuarded>
      <Card title="About you" description="Colleagues and administrators see this.">
        <div className="max-w-md space-y-4">
          <TextField
            name="displayName"
            label="Name"
            autoComplete="name"
            description="How Keyward calls you. Empty, it is your user name."
          />
          <TextField
            name="email"
            label="E-mail"
            type="email"
            autoComplete="email"
            description="You can also sign in with it. May stay empty."
          />
        </div>
      </Card>
      <SaveBar form={form} label="Save profile" />
    </Form>
  );
}
