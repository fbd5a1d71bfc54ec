import type { Metadata } from "next";
import { ChoosePasswordForm } from "@/components/identity/choose-password-form";

export const metadata: Metadata = { title: "Welcome" };

export default function AcceptInvitePage() {
  return (
    <>
      <h1 className="mb-1 text-lg font-semibold">Welcome to Keyward</h1>
      <p className="mb-4 text-muted">Choose a password, then sign in with it.</p>
      <ChoosePasswordForm />
    </>
  );
}
