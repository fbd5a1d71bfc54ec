import { z } from "zod";
import type { Tx } from "@/server/core/database";
import { AppError, violatedConstraint } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import { outdateDocuments } from "@/server/modules/devices/documents.service";
import * as repo from "./repo";
import { CreateTag, ListTags, Tag, TagById, TagLabels, TagPage, UpdateTag } from "./schema";

const noTag = (id: string) => new AppError("not-found", `There is no tag ${id}.`);

function explainTaken(error: unknown): never {
  if (violatedConstraint(error) !== "tags_name_unique") throw error;
  throw new AppError("name-taken", "This name is taken.", { fields: { name: "Another tag has this name." } });
}

async function found(tx: Tx, id: string) {
  const tag = await repo.get(tx, id);
  if (!tag) throw noTag(id);
  return tag;
}

export const list = query({
  permission: "tag.read",
  input: ListTags,
  output: TagPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const options = query({
  permission: "tag.read",
  input: z.void(),
  output: TagLabels,
  run: ({ reader }) => repo.options(reader),
});

export const create = command({
  permission: "tag.create",
  input: CreateTag,
  output: Tag,
  async run({ tx, audit }, input) {
    const id = await repo.insert(tx, input).catch(explainTaken);
    audit({ event: "tag.created", subject: id, changes: { name: [null, input.name], color: [null, input.color] } });
    return found(tx, id);
  },
});

export const update = command({
  permission: "tag.update",
  input: UpdateTag,
  output: Tag,
  async run({ tx, audit }, { id, ...values }) {
    const before = await repo.lock(tx, id);
    if (!before) throw noTag(id);
    await repo.update(tx, id, values).catch(explainTaken);
    if (before.name !== values.name) await outdateDocuments(tx, id);
    audit({
      event: "tag.updated",
      subject: id,
      changes: {
        name: [before.name, values.name],
        color: [before.color, values.color],
        description: [before.description, values.description],
      },
    });
    return found(tx, id);
  },
});

/** Removes the tag from everything that carries it. */
export const remove = command({
  permission: "tag.remove",
  input: TagById,
  output: Tag,
  async run({ tx, audit }, { id }) {
    await repo.lock(tx, id);
    const tag = await found(tx, id);
    await outdateDocuments(tx, id);
    await repo.remove(tx, id);
    audit({ event: "tag.removed", subject: id, changes: { name: [tag.name, null], devices: [tag.devices, 0] } });
    return tag;
  },
});

/** @throws {AppError} invalid, when one of the tags is gone */
export async function requireTags(tx: Tx, ids: readonly string[], field = "tagIds"): Promise<void> {
  const known = await repo.existing(tx, ids);
  if (known.length === new Set(ids).size) return;
  throw new AppError("invalid", undefined, { fields: { [field]: "One of these tags was removed. Choose again." } });
}
