import { z } from "zod";
import { personOf } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { command, query } from "@/server/core/operation";
import { explain, noGroup, unchangeable } from "./refusals";
import * as repo from "./repo";
import {
  CreateGroup,
  Group,
  GroupById,
  GroupLabels,
  GroupPage,
  GroupPolicies,
  ListGroups,
  UpdateGroup,
} from "./schema";

/** The group with what it is used for. @throws {AppError} not-found */
export async function found(tx: Tx, id: string) {
  const group = await repo.get(tx, id);
  if (!group) throw noGroup(id);
  return group;
}

/** A group people may change, locked. @throws {AppError} not-found, conflict */
async function lockChangeable(tx: Tx, id: string, strength: "no key update" | "update") {
  const group = await repo.lock(tx, id, strength);
  if (!group) throw noGroup(id);
  if (group.isSystem) throw unchangeable();
  return group;
}

export const list = query({
  permission: "group.read",
  input: ListGroups,
  output: GroupPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const options = query({
  permission: "group.read",
  input: z.void(),
  output: GroupLabels,
  run: ({ reader }) => repo.options(reader),
});

export const get = query({
  permission: "group.read",
  input: GroupById,
  output: Group,
  run: async ({ reader }, { id }) => (await repo.get(reader, id)) ?? Promise.reject(noGroup(id)),
});

/** The first hundred policies that name the group. */
export const policies = query({
  permission: "policy.read",
  input: GroupById,
  output: GroupPolicies,
  run: ({ reader }, { id }) => repo.policiesOf(reader, id),
});

export const create = command({
  permission: "group.create",
  input: CreateGroup,
  output: Group,
  async run({ tx, actor, audit }, input) {
    const id = await repo.insert(tx, { ...input, updatedBy: personOf(actor) }).catch(explain);
    audit({
      event: "group.created",
      subject: id,
      changes: { name: [null, input.name], deviceLimit: [null, input.deviceLimit] },
    });
    return found(tx, id);
  },
});

export const update = command({
  permission: "group.update",
  input: UpdateGroup,
  output: Group,
  async run({ tx, actor, audit }, { id, ...values }) {
    const before = await lockChangeable(tx, id, "no key update");
    await repo.update(tx, id, { ...values, updatedBy: personOf(actor) }).catch(explain);
    audit({
      event: "group.updated",
      subject: id,
      changes: {
        name: [before.name, values.name],
        description: [before.description, values.description],
        deviceLimit: [before.deviceLimit, values.deviceLimit],
      },
    });
    return found(tx, id);
  },
});

/** For good: its members lose what it gave them, policies and enrolment tokens name it no more. Its name is free again. */
export const remove = command({
  permission: "group.remove",
  input: GroupById,
  output: Group,
  async run({ tx, actor, audit }, { id }) {
    await lockChangeable(tx, id, "update");
    const group = await found(tx, id);
    await repo.remove(tx, id, personOf(actor)).catch(explain);
    const { name, members, policies: naming, tokens } = group;
    audit({
      event: "group.removed",
      subject: id,
      changes: { name: [name, null], members: [members, 0], policies: [naming, 0], tokens: [tokens, 0] },
    });
    return group;
  },
});
