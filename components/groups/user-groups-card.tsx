"use client";

import Link from "next/link";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import { ListCard } from "@/components/ui/list-card";
import type { Group, GroupPage } from "@/server/modules/groups/schema";
import { JoinGroupButton } from "./join-group-button";
import { useTakeOut } from "./use-membership";

interface UserGroupsCardProps {
  user: { id: string; username: string };
  /** The first page of the groups the user is in. */
  page: Pick<GroupPage, "rows" | "total">;
}

/** The groups a user is in, and the way in and out. */
export function UserGroupsCard({ user, page: { rows, total } }: UserGroupsCardProps) {
  const isCut = total > rows.length;
  return (
    <ListCard
      title="Groups"
      description={isCut ? `The first ${rows.length} of ${total.toLocaleString("en-GB")}.` : undefined}
      items={rows}
      empty={{ title: "In no group" }}
      actions={<JoinGroupButton user={user} groups={rows} />}
    >
      {(group) => <Membership key={group.id} group={group} user={user} />}
    </ListCard>
  );
}

function Membership({ group, user }: { group: Group; user: UserGroupsCardProps["user"] }) {
  const takeOut = useTakeOut();
  const noAssign = useReasonAgainst("group.assign");
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
      <Link
        href={`/groups/${group.id}`}
        prefetch={false}
        className="min-w-0 flex-1 basis-40 rounded font-medium break-words underline-offset-2 hover:underline"
      >
        {group.name}
      </Link>
      {group.isSystem ? (
        <span className="text-muted">Everybody</span>
      ) : (
        <Button
          size="small"
          aria-label={`Take out of ${group.name}`}
          disabledReason={noAssign}
          onClick={() => void takeOut(group, user)}
        >
          Take out
        </Button>
      )}
    </li>
  );
}
