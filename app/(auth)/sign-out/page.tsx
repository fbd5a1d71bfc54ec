import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignOutButton } from "@/components/sessions/sign-out-button";
import { LinkButton } from "@/components/ui/button";
import { currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Sign out" };

export default async function SignOutPage() {
  const user = await currentUser();
  if (!user) redirect("/sign-in");
  return (
    <>
      <h1 className="mb-2 text-lg font-semibold">Sign out?</h1>
      <p className="mb-4 text-muted">You are signed in as {user.username}. Your other sessions stay as they are.</p>
      <div className="flex gap-2">
        <SignOutButton />
        <LinkButton href="/">Stay</LinkButton>
      </div>
    </>
  );
}
