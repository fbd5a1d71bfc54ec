import type { Metadata } from "next";
import { ApiKeysCard } from "@/components/api-keys/api-keys-card";
import { PageTrail } from "@/components/shell/trail";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Your API keys" };

export default async function OwnApiKeysPage() {
  const { rows } = await (await api()).apiKeys.listOwn({ size: 100 });
  return (
    <>
      <PageTrail title="API keys" />
      <ApiKeysCard apiKeys={rows} />
    </>
  );
}
