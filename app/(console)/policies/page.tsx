import type { Metadata } from "next";
import { CreatePolicyLink } from "@/components/policies/create-policy-link";
import { PoliciesFrame } from "@/components/policies/policies-frame";
import { PoliciesTable } from "@/components/policies/policies-table";
import { ListPolicies, policyDirection } from "@/server/modules/policies/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Policies" };

export default async function PoliciesPage({ searchParams }: PageProps<"/policies">) {
  const filter = ListPolicies.catch(ListPolicies.parse({})).parse(await searchParams);
  const page = await (await api()).policies.list(filter);
  return (
    <PoliciesFrame tab="policies" actions={<CreatePolicyLink />}>
      <PoliciesTable page={page} filter={{ ...filter, direction: policyDirection(filter) }} />
    </PoliciesFrame>
  );
}
