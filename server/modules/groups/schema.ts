import { z } from "zod";
import { policyEffects, userStatuses } from "@/db/enums";
import { GroupId, PolicyId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { DeviceLimit } from "@/server/modules/devices/schema";

const GroupName = z
  .string()
  .trim()
  .min(1, "Give the group a name.")
  .max(80, "At most 80 characters.")
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._:/&()'+-]*$/u,
    "Start with a letter or digit; then letters, digits, spaces and . _ : / & ( ) ' + - are fine.",
  );

export const Group = z.object({
  id: GroupId,
  name: z.string(),
  description: z.string(),
  /** How many devices each member may have; null is no say in it. */
  deviceLimit: z.number().int().nullable(),
  /** Everybody's group: it cannot be changed, and nobody joins or leaves it by hand. */
  isSystem: z.boolean(),
  members: z.number().int(),
  /** Policies that name it, whether to reach its members or to leave them out. */
  policies: z.number().int(),
  /** Enrolment tokens that can still be used and belong to it. */
  tokens: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type Group = z.infer<typeof Group>;

export const GroupPage = pageOf(Group);
export type GroupPage = z.infer<typeof GroupPage>;

export const ListGroups = PageFilter.extend({
  sort: z.enum(["name", "createdAt"]).default("name"),
  /** Groups this user is in. */
  member: UserId.optional(),
});
export type ListGroups = z.infer<typeof ListGroups>;

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const groupDirection = ({ sort, direction }: Pick<ListGroups, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "name" ? "asc" : "desc");

export const CreateGroup = z.object({
  name: GroupName,
  description: z.string().trim().max(300, "At most 300 characters.").default(""),
  deviceLimit: DeviceLimit,
});
export type CreateGroup = z.infer<typeof CreateGroup>;
export const UpdateGroup = CreateGroup.extend({ id: GroupId });
export const GroupById = z.object({ id: GroupId });

/** A group to choose. */
export const GroupLabel = z.object({ id: GroupId, name: z.string(), isSystem: z.boolean() });
export type GroupLabel = z.infer<typeof GroupLabel>;
export const GroupLabels = z.array(GroupLabel);

/** A user as a member; the id is the user's. */
export const GroupMember = z.object({
  id: UserId,
  username: z.string(),
  displayName: z.string(),
  status: z.enum(userStatuses),
  addedAt: z.date(),
  addedByName: z.string().nullable(),
});
export type GroupMember = z.infer<typeof GroupMember>;

export const GroupMemberPage = pageOf(GroupMember);
export type GroupMemberPage = z.infer<typeof GroupMemberPage>;

export const ListGroupMembers = PageFilter.extend({
  id: GroupId,
  sort: z.enum(["username"]).default("username"),
});
export type ListGroupMembers = z.infer<typeof ListGroupMembers>;

export const AddGroupMembers = z.object({
  id: GroupId,
  userIds: z.array(UserId).min(1, "Choose at least one user.").max(100, "At most 100 users at once."),
});
export type AddGroupMembers = z.infer<typeof AddGroupMembers>;

/** Those who were not in it before. */
export const AddedGroupMembers = z.object({
  group: Group,
  added: z.array(z.object({ id: UserId, username: z.string() })),
});

export const RemoveGroupMember = z.object({ id: GroupId, userId: UserId });

/** A policy that names the group. */
export const GroupPolicy = z.object({
  id: PolicyId,
  name: z.string(),
  effect: z.enum(policyEffects),
  isActive: z.boolean(),
  /** The policy leaves the group's members out. */
  isExcluded: z.boolean(),
});
export type GroupPolicy = z.infer<typeof GroupPolicy>;
export const GroupPolicies = z.array(GroupPolicy);
