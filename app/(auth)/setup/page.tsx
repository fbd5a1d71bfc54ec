import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SetupForm } from "@/components/identity/setup-form";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage() {
  const { isSetUp } = await (await api()).setup.state();
  if (isSetUp) redirect("/sign-in");
  return (
    <>
      <h1 className="mb-1 text-lg font-semibold">Set up Keyward</h1>
      <p className="mb-4 text-muted">Create the first administrator.</p>
      <SetupForm />
    </>
  );
}
