import type { Metadata } from "next";
import { forbidden, redirect } from "next/navigation";
import { PolicyForm } from "@/components/policies/policy-form";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import { currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "New policy" };

export default async function NewPolicyPage() {
  const user = await currentUser();
  if (!user) redirect("/sign-in?next=/policies/new");
  if (!user.permissions.has("policy.create")) forbidden();
  return (
    <>
      <PageTrail title="New policy" />
      <PageHeader title="New policy" description="Who reaches what. What saving it would change is shown below." />
      <PolicyForm policy={null} />
    </>
  );
}
