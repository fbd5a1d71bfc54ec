import type { Metadata } from "next";
import { ChangePasswordForm } from "@/components/account/change-password-form";
import { LinkButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Security" };

export default async function SecurityPage() {
  const me = await (await api()).account.me();
  return (
    <>
      <Card
        title="Password"
        description="Changing it ends all your other sessions at once. In this browser you stay signed in."
      >
        <ChangePasswordForm username={me.username} />
      </Card>
      <Card
        title="Sessions"
        description="See where you are signed in, and sign out there."
        actions={<LinkButton href="/account/sessions">Your sessions</LinkButton>}
      >
        <p className="text-muted">
          Signed in somewhere you do not recognise? End that session first, then change your password.
        </p>
      </Card>
    </>
  );
}
