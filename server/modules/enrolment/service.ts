import { z } from "zod";
import type { EnrolmentTokenKind } from "@/db/enums";
import { personOf, type RequestMeta } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { env } from "@/server/core/env";
import { AppError, type ProblemCode, violatedConstraint } from "@/server/core/errors";
import { answer, type CommandContext, command, query } from "@/server/core/operation";
import { secrets } from "@/server/core/secrets";
import { serverKeys } from "@/server/core/server-keys";
import { requireTags } from "@/server/modules/tags/service";
import * as repo from "./repo";
import {
  CreatedEnrolmentToken,
  CreateEnrolmentToken,
  EnrolmentToken,
  EnrolmentTokenById,
  EnrolmentTokenPage,
  EnrolmentTokenUses,
  JoinInfo,
  ListEnrolmentTokens,
} from "./schema";
import { newToken, normaliseToken, tokenHmac } from "./token";

const noToken = (id: string) => new AppError("not-found", `There is no enrolment token ${id}.`);

export const list = query({
  permission: "enrolment-token.read",
  input: ListEnrolmentTokens,
  output: EnrolmentTokenPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const get = query({
  permission: "enrolment-token.read",
  input: EnrolmentTokenById,
  output: EnrolmentToken,
  run: async ({ reader }, { id }) => (await repo.get(reader, id)) ?? Promise.reject(noToken(id)),
});

/** Which server machines join, and by which of its keys they know it. */
export const joinInfo = answer({
  permission: "enrolment-token.read",
  input: z.void(),
  output: JoinInfo,
  run: () => ({ url: env().KEYWARD_URL, serverKeyIds: serverKeys().map(({ kid }) => kid) }),
});

/** The last hundred times the token was presented. */
export const uses = query({
  permission: "enrolment-token.read",
  input: EnrolmentTokenById,
  output: EnrolmentTokenUses,
  run: ({ reader }, { id }) => repo.uses(reader, id),
});

/**
 * What to run on a machine; it installs the agent and enrols it, pinning this server's key. The token goes in by
 * standard input, so that no other user of the machine sees it among the processes.
 */
function joinCommand(kind: EnrolmentTokenKind, secret: string, serverKeyId: string): string {
  const url = env().KEYWARD_URL;
  const script = "keyward-install.sh";
  const fetched = `curl -fsSL ${url}/agent/install.sh -o ${script}`;
  // With an equals sign, since a key's id may begin with a dash.
  const options = `${url} --server-key=${serverKeyId} --token-file -`;
  if (kind === "gateway") {
    return `${fetched} && sudo sh ${script} ${url} --no-service && echo ${secret} | sudo keyward-agent gateway enrol ${options}`;
  }
  return `${fetched} && echo ${secret} | sudo sh ${script} ${url} --server-key ${serverKeyId} --token-file -`;
}

function explainOwner(error: unknown): never {
  if (violatedConstraint(error) !== "enrolment_tokens_owner_user_id_users_id_fk") throw error;
  throw new AppError("invalid", undefined, { fields: { ownerUserId: "There is no such user." } });
}

type NewToken = CreateEnrolmentToken & { kind: EnrolmentTokenKind; gatewayId?: string };

/** Makes a token; its value is in this answer and nowhere else. */
export async function issue({ tx, actor, audit, now }: CommandContext, { lifetimeH, tagIds, ...input }: NewToken) {
  const [pepper] = secrets().pepper;
  if (!pepper) throw new Error("No enrolment pepper is configured");
  const secret = newToken();
  const values = {
    ...input,
    tokenHmac: tokenHmac(pepper, secret),
    pepperId: pepper.id,
    expiresAt: new Date(now().getTime() + lifetimeH * 3_600_000),
    createdBy: personOf(actor),
  };
  const id = await repo.insert(tx, values, tagIds).catch(explainOwner);
  const { name, kind, usageLimit, requireApproval, ephemeralTtlS } = input;
  audit({
    event: "enrolment-token.created",
    subject: id,
    changes: {
      name: [null, name],
      kind: [null, kind],
      usageLimit: [null, usageLimit],
      requireApproval: [null, requireApproval],
      ephemeralTtlS: [null, ephemeralTtlS],
      expiresAt: [null, values.expiresAt],
    },
  });
  const token = await repo.get(tx, id);
  if (!token) throw noToken(id);
  const [{ kid }] = serverKeys();
  return { token, secret, serverKeyId: kid, joinCommand: joinCommand(kind, secret, kid) };
}

/** Creates a token for devices. */
export const create = command({
  permission: "enrolment-token.create",
  stepUp: "recent",
  input: CreateEnrolmentToken,
  output: CreatedEnrolmentToken,
  async run(context, input) {
    await requireTags(context.tx, input.tagIds);
    return issue(context, { ...input, kind: "device" });
  },
});

/** Stops new enrolments with the token; devices it enrolled stay as they are. */
export const revoke = command({
  permission: "enrolment-token.revoke",
  input: EnrolmentTokenById,
  output: EnrolmentToken,
  async run({ tx, audit }, { id }) {
    const before = await repo.get(tx, id);
    if (!before) throw noToken(id);
    if (!(await repo.revoke(tx, id))) throw new AppError("conflict", `“${before.name}” is already revoked.`);
    audit({ event: "enrolment-token.revoked", subject: id, changes: { state: [before.state, "revoked"] } });
    return (await repo.get(tx, id)) ?? Promise.reject(noToken(id));
  },
});

const REFUSALS: Record<"expired" | "exhausted" | "revoked", ProblemCode> = {
  expired: "token-expired",
  exhausted: "token-exhausted",
  revoked: "token-revoked",
};

export type PresentedToken = NonNullable<Awaited<ReturnType<typeof repo.find>>>;

/** Finds the token somebody presents; it may be in any state. @throws {AppError} token-invalid */
export async function present(tx: Tx, text: string, request: RequestMeta): Promise<PresentedToken> {
  const token = normaliseToken(text);
  const hmacs = token ? secrets().pepper.map((pepper) => tokenHmac(pepper, token)) : [];
  const found = token ? await repo.find(tx, hmacs) : undefined;
  // What was made for a gateway lets nothing in but that gateway.
  const isAimless = found?.kind === "gateway" && found.gatewayId === null;
  if (!found || isAimless || !(await repo.allowsAddress(tx, found.id, request.ip))) {
    throw new AppError("token-invalid", "This enrolment token is not known here, or not for this address.");
  }
  return found;
}

/** Takes one use of it. @throws {AppError} token-expired, token-exhausted, token-revoked */
export async function takeUse(tx: Tx, token: PresentedToken): Promise<void> {
  if (await repo.takeUse(tx, token.id)) return;
  const now = await repo.get(tx, token.id);
  const state = now?.state === "usable" || !now ? "exhausted" : now.state;
  throw new AppError(REFUSALS[state], `The enrolment token “${token.name}” is ${state}. Ask for a new one.`);
}

export const recordUse = repo.insertUse;
export const tagsOf = repo.tagIds;
