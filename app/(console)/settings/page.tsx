import type { Metadata } from "next";
import { SettingsCard } from "@/components/settings/settings-card";
import { PageHeader } from "@/components/ui/page-header";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const settings = await (await api()).settings.list();
  return (
    <>
      <PageHeader title="Settings" description="What your organisation decides for everybody." />
      <SettingsCard settings={settings} />
    </>
  );
}
