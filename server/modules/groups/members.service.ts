import { personOf } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import * as members from "./members.repo";
import { explain, noGroup, notByHand } from "./refusals";
import * as repo from "./repo";
import {
  AddedGroupMembers,
  AddGroupMembers,
  Group,
  GroupMemberPage,
  ListGroupMembers,
  RemoveGroupMember,
} from "./schema";
import { found } from "./service";

/** A group that people may join and leave, held against its removal. @throws {AppError} not-found, conflict */
async function holdJoinable(tx: Tx, id: string): Promise<void> {
  const group = await repo.lock(tx, id, "key share");
  if (!group) throw noGroup(id);
  if (group.isSystem) throw notByHand();
}

/** @throws {AppError} invalid, unless each of them is a user who may still come back */
async function requireUsers(tx: Tx, ids: readonly string[]) {
  const users = await members.usersAmong(tx, ids);
  const gone = users.find(({ status }) => status === "deactivated");
  if (gone) throw new AppError("invalid", undefined, { fields: { userIds: `${gone.username} is deactivated.` } });
  if (users.length === new Set(ids).size) return users;
  throw new AppError("invalid", undefined, { fields: { userIds: "One of these users does not exist. Choose again." } });
}

export const list = query({
  permission: "group.read",
  input: ListGroupMembers,
  output: GroupMemberPage,
  async run({ reader }, filter) {
    if (!(await repo.get(reader, filter.id))) throw noGroup(filter.id);
    return members.list(reader, filter);
  },
});

/** Puts users into a group. Who is in it already stays; it is refused when that is all of them. */
export const add = command({
  permission: "group.assign",
  input: AddGroupMembers,
  output: AddedGroupMembers,
  async run({ tx, actor, audit }, { id, userIds }) {
    await holdJoinable(tx, id);
    const users = await requireUsers(tx, userIds);
    const inserted = await members
      .insert(tx, { groupId: id, userIds: users.map((user) => user.id), by: personOf(actor) })
      .catch(explain);
    const added = users.filter((user) => inserted.has(user.id));
    if (added.length === 0) {
      throw new AppError(
        "conflict",
        users.length === 1 ? `${users[0]?.username} is in it already.` : "They are all in it already.",
      );
    }
    for (const user of added) {
      audit({ event: "group.member-added", subject: id, userId: user.id, changes: { member: [null, user.username] } });
    }
    return { group: await found(tx, id), added };
  },
});

/** Takes a user out of a group: what it opened to their devices closes. */
export const remove = command({
  permission: "group.assign",
  input: RemoveGroupMember,
  output: Group,
  async run({ tx, audit }, { id, userId }) {
    await holdJoinable(tx, id);
    const [user] = await members.usersAmong(tx, [userId]);
    if (!user) throw new AppError("not-found", `There is no user ${userId}.`);
    if (!(await members.remove(tx, id, userId).catch(explain))) {
      throw new AppError("conflict", `${user.username} is not in it.`);
    }
    audit({ event: "group.member-removed", subject: id, userId, changes: { member: [user.username, null] } });
    return found(tx, id);
  },
});
