import type { Metadata } from "next";
import { ProfileForm } from "@/components/account/profile-form";
import { RoleBadges } from "@/components/identity/role-badges";
import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Profile" };

export default async function ProfilePage() {
  const { account } = await api();
  const [me, profile] = await Promise.all([account.me(), account.profile()]);
  return (
    <>
      <Card title="How you sign in" description="Only an administrator can change these.">
        <DescriptionList
          items={[
            { label: "User name", value: me.username },
            { label: "Roles", value: <RoleBadges roles={me.roles} /> },
          ]}
        />
      </Card>
      <ProfileForm profile={profile} />
    </>
  );
}
