import type { Metadata } from "next";
import { ApiKeysTable } from "@/components/api-keys/api-keys-table";
import { LinkButton } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { ListApiKeys } from "@/server/modules/api-keys/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "API keys" };

export default async function ApiKeysPage({ searchParams }: PageProps<"/api-keys">) {
  const filter = ListApiKeys.catch(ListApiKeys.parse({})).parse(await searchParams);
  const page = await (await api()).apiKeys.list(filter);
  return (
    <>
      <PageHeader
        title="API keys"
        description="What programs may do in people’s names. A key you revoke is refused from its next request on."
        actions={<LinkButton href="/account/api-keys">Your API keys</LinkButton>}
      />
      <ApiKeysTable page={page} filter={filter} />
    </>
  );
}
