import type { Metadata } from "next";
import { PoliciesFrame } from "@/components/policies/policies-frame";
import { CreateTestButton } from "@/components/policies/policy-test-dialog";
import { PolicyTestsTable } from "@/components/policies/policy-tests-table";
import { ListPolicyTests, testDirection } from "@/server/modules/policies/tests.schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Policy tests" };

export default async function PolicyTestsPage({ searchParams }: PageProps<"/policies/tests">) {
  const filter = ListPolicyTests.catch(ListPolicyTests.parse({})).parse(await searchParams);
  const page = await (await api()).policyTests.list(filter);
  return (
    <PoliciesFrame tab="tests" actions={<CreateTestButton />}>
      <PolicyTestsTable page={page} filter={{ ...filter, direction: testDirection(filter) }} />
    </PoliciesFrame>
  );
}
