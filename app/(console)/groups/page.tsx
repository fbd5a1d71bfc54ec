import type { Metadata } from "next";
import { CreateGroupButton } from "@/components/groups/create-group-button";
import { GroupsTable } from "@/components/groups/groups-table";
import { PageHeader } from "@/components/ui/page-header";
import { groupDirection, ListGroups } from "@/server/modules/groups/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Groups" };

export default async function GroupsPage({ searchParams }: PageProps<"/groups">) {
  const filter = ListGroups.catch(ListGroups.parse({})).parse(await searchParams);
  const page = await (await api()).groups.list(filter);
  return (
    <>
      <PageHeader
        title="Groups"
        description="People by what they need to reach. Network policies name groups; roles say what somebody may do in Keyward."
        actions={<CreateGroupButton />}
      />
      <GroupsTable page={page} filter={{ ...filter, direction: groupDirection(filter) }} />
    </>
  );
}
