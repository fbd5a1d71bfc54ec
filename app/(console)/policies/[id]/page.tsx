import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PolicyForm } from "@/components/policies/policy-form";
import { RemovePolicyButton } from "@/components/policies/remove-policy-button";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import { PolicyById } from "@/server/modules/policies/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Policy" };

export default async function PolicyPage({ params }: PageProps<"/policies/[id]">) {
  const by = PolicyById.safeParse(await params);
  if (!by.success) notFound();
  const policy = await (await api()).policies.get(by.data);
  return (
    <>
      <PageTrail title={policy.name} />
      <PageHeader
        title={policy.name}
        description={policy.description}
        actions={<RemovePolicyButton policy={policy} />}
      />
      <PolicyForm key={policy.id} policy={policy} />
    </>
  );
}
