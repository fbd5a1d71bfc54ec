import { notFound } from "next/navigation";
import { cache } from "react";
import { NotPermittedCard } from "@/components/access/not-permitted-card";
import { AuditCard } from "@/components/audit/audit-card";
import { AddMembersButton } from "@/components/groups/add-members-button";
import { GroupActionButtons } from "@/components/groups/group-action-buttons";
import { GroupPoliciesCard } from "@/components/groups/group-policies-card";
import { MembersTable } from "@/components/groups/members-table";
import { PageTrail } from "@/components/shell/trail";
import { Badge } from "@/components/ui/badge";
import { counted } from "@/components/ui/counted";
import { PageHeader } from "@/components/ui/page-header";
import { GroupById, ListGroupMembers } from "@/server/modules/groups/schema";
import { api, currentUser } from "@/server/trpc/caller";

const groupOf = cache(async (id: string) => {
  const input = GroupById.safeParse({ id });
  return input.success ? (await api()).groups.get(input.data) : notFound();
});

export async function generateMetadata({ params }: PageProps<"/groups/[id]">) {
  return { title: (await groupOf((await params).id)).name };
}

export default async function GroupPage({ params, searchParams }: PageProps<"/groups/[id]">) {
  const group = await groupOf((await params).id);
  const { id } = group;
  const filter = ListGroupMembers.catch(ListGroupMembers.parse({ id })).parse({ ...(await searchParams), id });
  const [{ groups, audit }, viewer] = await Promise.all([api(), currentUser()]);
  const [page, policies, entries] = await Promise.all([
    groups.members(filter),
    viewer?.permissions.has("policy.read") ? groups.policies({ id }) : null,
    viewer?.permissions.has("audit.read") ? audit.list({ entityId: id, size: 10 }) : null,
  ]);
  const { q, cursor, size, sort, direction = "asc" } = filter;
  return (
    <>
      <PageTrail title={group.name} />
      <PageHeader
        title={group.name}
        status={
          <>
            {group.isSystem ? <Badge>System</Badge> : null}
            {group.deviceLimit === null ? null : <Badge>{counted(group.deviceLimit, "device")} each</Badge>}
          </>
        }
        description={group.description || undefined}
        actions={
          <>
            <GroupActionButtons group={group} />
            <AddMembersButton group={group} />
          </>
        }
      />
      <div className="space-y-5">
        <MembersTable group={group} page={page} filter={{ q, cursor, size, sort, direction }} />
        <div className="grid items-start gap-4 lg:grid-cols-2">
          {policies ? (
            <GroupPoliciesCard group={group} policies={policies} />
          ) : (
            <NotPermittedCard title="Used by" permission="policy.read" />
          )}
          {entries ? (
            <AuditCard entries={entries.rows} allHref={`/audit?entityId=${id}`} />
          ) : (
            <NotPermittedCard title="Recent activity" permission="audit.read" />
          )}
        </div>
      </div>
    </>
  );
}
