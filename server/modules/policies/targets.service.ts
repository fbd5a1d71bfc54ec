import type { Actor } from "@/server/core/actor";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { query } from "@/server/core/operation";
import type { Permission } from "@/server/core/permissions";
import { FindTargets, FoundTargets, type PolicyFields } from "./schema";
import * as repo from "./targets.repo";

const needed: Record<repo.TargetKind, Permission> = {
  user: "user.read",
  device: "device.read",
  group: "group.read",
  tag: "tag.read",
};

/** Who may see policies does not for that reason see everybody: only what one may list can be looked for. */
function requireSight(actor: Actor, type: repo.TargetKind): void {
  if (actor.kind === "system") return;
  if ("permissions" in actor && actor.permissions.has(needed[type])) return;
  throw new AppError("forbidden", `You need the permission “${needed[type]}” to choose from these.`);
}

/** The first things of a kind that a policy can be for. */
export const find = query({
  permission: "policy.read",
  input: FindTargets,
  output: FoundTargets,
  async run({ reader, actor }, { type, q }) {
    requireSight(actor, type);
    return repo.find(reader, type, q);
  },
});

/** @throws {AppError} invalid, when one of them is gone or is a tag that devices give themselves */
export async function requireTargets(tx: Tx, targets: PolicyFields["targets"]): Promise<void> {
  const known = await repo.names(tx, targets);
  const at = targets.findIndex(({ id }) => id !== null && !known.has(id));
  if (at < 0) return;
  throw new AppError("invalid", undefined, {
    fields: { targets: `Number ${at + 1} of these, a ${targets[at]?.type}, is not there any more. Take it out.` },
  });
}

interface Targeted {
  targets: readonly repo.TargetRef[];
}

/** Names by id of everything these policies are for. */
export const targetNames = (reader: Reader | Tx, policies: readonly Targeted[]): Promise<Map<string, string>> =>
  repo.names(
    reader,
    policies.flatMap(({ targets }) => targets),
  );
