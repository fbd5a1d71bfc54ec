import { AppError, violatedConstraint } from "@/server/core/errors";

export const noGroup = (id: string) => new AppError("not-found", `There is no group ${id}.`);

export const unchangeable = () =>
  new AppError("conflict", "This group belongs to Keyward: it cannot be changed or removed.");

export const notByHand = () =>
  new AppError("conflict", "Everybody is in this group, always: nobody is put into it or taken out of it.");

const byConstraint: Readonly<Record<string, () => AppError>> = {
  groups_name: () =>
    new AppError("name-taken", "This name is taken.", { fields: { name: "Another group has this name." } }),
  groups_system_stays: unchangeable,
  group_memberships_system_stays: notByHand,
};

/** What the database refused, in the words of this module; anything else as it was. */
export function explain(error: unknown): never {
  throw byConstraint[violatedConstraint(error) ?? ""]?.() ?? error;
}
