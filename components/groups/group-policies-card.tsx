import { Badge } from "@/components/ui/badge";
import { ListCard } from "@/components/ui/list-card";
import type { Group, GroupPolicy } from "@/server/modules/groups/schema";

interface GroupPoliciesCardProps {
  group: Pick<Group, "policies">;
  /** The first hundred, in the order they are looked at. */
  policies: readonly GroupPolicy[];
}

/** Which policies name a group, and what for. */
export function GroupPoliciesCard({ group, policies }: GroupPoliciesCardProps) {
  const isCut = group.policies > policies.length;
  return (
    <ListCard
      title="Used by"
      description={
        isCut ? `The first ${policies.length} of ${group.policies.toLocaleString("en-GB")} policies.` : undefined
      }
      items={policies}
      empty={{
        title: "No policy names this group",
        description: "A policy that names it decides what its members' devices reach.",
      }}
    >
      {({ id, name, effect, isActive, isExcluded }) => (
        <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
          <span className="min-w-0 flex-1 basis-40 font-medium break-words">{name}</span>
          {isActive ? null : <Badge>Off</Badge>}
          {isExcluded ? <Badge tone="warning">Leaves it out</Badge> : null}
          <Badge tone={effect === "allow" ? "success" : "danger"}>{effect === "allow" ? "Allows" : "Denies"}</Badge>
        </li>
      )}
    </ListCard>
  );
}
