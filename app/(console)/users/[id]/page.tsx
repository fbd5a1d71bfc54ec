import { notFound } from "next/navigation";
import { cache } from "react";
import { NotPermittedCard } from "@/components/access/not-permitted-card";
import { AuditCard } from "@/components/audit/audit-card";
import { UserGroupsCard } from "@/components/groups/user-groups-card";
import { UserActionsButton } from "@/components/identity/user-actions-button";
import { UserDevicesCard } from "@/components/identity/user-devices-card";
import { UserFacts } from "@/components/identity/user-facts";
import { UserSessionsCard } from "@/components/sessions/user-sessions-card";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import type { Permission } from "@/server/core/permissions";
import { UserById } from "@/server/modules/identity/schema";
import { api, currentUser } from "@/server/trpc/caller";

const userOf = cache(async (id: string) => {
  const input = UserById.safeParse({ id });
  return input.success ? (await api()).users.get(input.data) : notFound();
});

export async function generateMetadata({ params }: PageProps<"/users/[id]">) {
  return { title: (await userOf((await params).id)).username };
}

/** What there is about the user, as far as the viewer may see it: `null` where not. */
async function related(id: string) {
  const [caller, viewer] = await Promise.all([api(), currentUser()]);
  const user = await userOf(id);
  const may = (permission: Permission) => viewer?.permissions.has(permission);
  return Promise.all([
    may("session.read") ? caller.sessions.list({ userId: user.id, size: 25 }) : null,
    may("device.read") ? caller.devices.list({ owner: user.id, size: 10 }) : null,
    may("group.read") ? caller.groups.list({ member: user.id, size: 100 }) : null,
    may("audit.read") ? caller.audit.list({ userId: user.id, size: 10 }) : null,
    may("role.read") ? caller.roles.list() : [],
    caller.devices.allowance({ userId: user.id }),
  ]);
}

export default async function UserPage({ params }: PageProps<"/users/[id]">) {
  const { id } = await params;
  const user = await userOf(id);
  const [sessions, devices, groups, audit, roles, allowance] = await related(id);
  return (
    <>
      <PageTrail title={user.username} />
      <PageHeader
        title={user.displayName || user.username}
        description={user.email ?? undefined}
        actions={<UserActionsButton user={user} roles={roles} />}
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="grid gap-4">
          <UserFacts user={user} allowance={allowance} />
          {devices ? (
            <UserDevicesCard user={user} devices={devices.rows} />
          ) : (
            <NotPermittedCard title="Devices" permission="device.read" />
          )}
          {groups ? (
            <UserGroupsCard user={user} page={groups} />
          ) : (
            <NotPermittedCard title="Groups" permission="group.read" />
          )}
        </div>
        <div className="grid gap-4">
          {sessions ? (
            <UserSessionsCard user={user} sessions={sessions.rows} />
          ) : (
            <NotPermittedCard title="Sessions" permission="session.read" />
          )}
          {audit ? (
            <AuditCard entries={audit.rows} allHref={`/audit?userId=${user.id}`} />
          ) : (
            <NotPermittedCard title="Recent activity" permission="audit.read" />
          )}
        </div>
      </div>
    </>
  );
}
