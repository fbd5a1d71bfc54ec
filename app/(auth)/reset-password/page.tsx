import type { Metadata } from "next";
import { ChoosePasswordForm } from "@/components/identity/choose-password-form";

export const metadata: Metadata = { title: "New password" };

export default function ResetPasswordPage() {
  return (
    <>
      <h1 className="mb-1 text-lg font-semibold">Choose a new password</h1>
      <p className="mb-4 text-muted">All your sessions end, and you sign in again.</p>
      <ChoosePasswordForm />
    </>
  );
}
