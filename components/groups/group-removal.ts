import type { ConfirmRequest } from "@/components/ui/confirm-dialog";
import { counted } from "@/components/ui/counted";
import type { Group } from "@/server/modules/groups/schema";

const one = (count: number, singular: string, plural: string): string => (count === 1 ? singular : plural);

/** What goes with the group, in numbers. */
function impact({ members, policies, tokens }: Group): string {
  const told = [
    members > 0
      ? `${counted(members, "member")} ${one(members, "loses", "lose")} what policies give through it.`
      : null,
    policies > 0
      ? `${counted(policies, "policy", "policies")} ${one(policies, "names", "name")} it no more; whom a policy left out with it is left out no longer.`
      : null,
    tokens > 0 ? `${counted(tokens, "enrolment token")} no longer ${one(tokens, "belongs", "belong")} to it.` : null,
  ].filter(Boolean);
  return `${told.join(" ") || "Nobody is in it and nothing names it."} This cannot be undone.`;
}

/** The question before a group is removed; its name has to be typed when it is in use. */
export function groupRemoval(group: Group): ConfirmRequest {
  return {
    title: `Remove the group ${group.name}?`,
    impact: impact(group),
    confirmLabel: "Remove group",
    typeToConfirm: group.members + group.policies + group.tokens > 0 ? group.name : undefined,
  };
}
