import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PolicyForm } from "@/components/policies/policy-form";
import { RemovePolicyButton } from "@/components/policies/remove-policy-button";
import { AskAccessLink } from "@/components/reachability/ask-access-link";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import { PolicyById, type PolicyDetail } from "@/server/modules/policies/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Policy" };

/** Who reaches the first address of a destination, on its first port. */
const questionOf = ({ network, protocol, ports }: PolicyDetail["destinations"][number]) => ({
  dst: network.split("/")[0],
  protocol,
  port: ports?.from,
});

export default async function PolicyPage({ params }: PageProps<"/policies/[id]">) {
  const by = PolicyById.safeParse(await params);
  if (!by.success) notFound();
  const policy = await (await api()).policies.get(by.data);
  const [first] = policy.destinations;
  return (
    <>
      <PageTrail title={policy.name} />
      <PageHeader
        title={policy.name}
        description={policy.description}
        actions={
          <>
            {first ? <AskAccessLink question={questionOf(first)} label="Who can reach it?" isReverse /> : null}
            <RemovePolicyButton policy={policy} />
          </>
        }
      />
      <PolicyForm key={policy.id} policy={policy} />
    </>
  );
}
