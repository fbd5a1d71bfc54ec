import type { Actor } from "@/server/core/actor";
import type { Reader } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { query } from "@/server/core/operation";
import type { Permission } from "@/server/core/permissions";
import * as repo from "./access.repo";
import { type DeviceAccess, ExplainAccess, Explanation, MAX_EXPLAINED } from "./access.schema";
import { type LoadedRulebook, loadRulebook } from "./compilation.service";
import { clientRoutes, compiler } from "./compile";
import { type Explained, explained, type Question } from "./explanation";
import { type NamedPolicy, type NamedSubject, subjects } from "./rulebook.repo";
import { names } from "./targets.repo";

/** Whoever may ask does not for that reason see devices, policies and people: the answer names them. */
export function requireSight(actor: Actor, needed: readonly Permission[]): void {
  if (actor.kind === "system") return;
  const missing = needed.find((permission) => !("permissions" in actor && actor.permissions.has(permission)));
  if (missing === undefined) return;
  throw new AppError("forbidden", `The answer names what the permission “${missing}” is needed to see.`);
}

export const policyRef = ({ id: policyId, name, priority, effect }: NamedPolicy) => ({
  policyId,
  name,
  priority,
  effect,
});

interface Scene {
  rulebook: LoadedRulebook;
  question: Question;
  now: Date;
  tunnels: ReadonlyMap<string, repo.TunnelRow>;
  compile: ReturnType<typeof compiler>;
}

/** What comes after the gate and before the policies: a tunnel, to a gateway that is in use. */
function reasonOf({ reason }: Explained, tunnel: repo.TunnelRow | undefined): DeviceAccess["reason"] {
  if (reason !== "policy" && reason !== "default") return reason;
  if (!tunnel) return "no_tunnel";
  return tunnel.isActive ? reason : "gateway_off";
}

function tunnelFacts(tunnel: repo.TunnelRow | undefined, inTunnel: boolean) {
  if (!tunnel) return { routes: null, enforcement: null };
  const { gatewayId, gatewayName, network, inIssuedProfile, desiredRevision, appliedRevision, error } = tunnel;
  const appliedAt = tunnel.appliedAt === null ? null : new Date(tunnel.appliedAt);
  return {
    routes: { inTunnel, gatewayId, gatewayName, network, inIssuedProfile },
    enforcement: {
      ...{ gatewayId, desiredRevision, appliedRevision, appliedAt, error },
      inSync: appliedRevision === desiredRevision && error === null,
    },
  };
}

function accessOf({ rulebook, question, now, tunnels, compile }: Scene, subject: NamedSubject) {
  const policies = new Map(rulebook.policies.map((policy) => [policy.id, policyRef(policy)]));
  const found = explained(rulebook, subject, { ...question, now });
  const tunnel = tunnels.get(subject.deviceId ?? "");
  const reason = reasonOf(found, tunnel);
  const isOpen = reason === "policy" || reason === "default";
  // Of the destinations only those that hold the address are there. Who is not let through yet is told of them too.
  const isSent = clientRoutes(compile({ ...subject, isActive: true }).profile).length > 0;
  const parts = found.parts.map(({ decidedBy, ...part }) => {
    const policy = decidedBy && policies.get(decidedBy.policyId);
    return {
      ...part,
      decidedBy: policy ? { ...policy, destination: decidedBy.destination, via: decidedBy.via } : null,
    };
  });
  return {
    device: {
      ...{ id: subject.deviceId ?? "", name: subject.deviceName, status: subject.status },
      ...{ ownerId: subject.owner?.id ?? null, ownerName: subject.ownerName },
    },
    verdict: isOpen ? found.verdict : ("deny" as const),
    reason,
    decidedBy: isOpen && parts.length === 1 ? (parts[0]?.decidedBy ?? null) : null,
    parts,
    considered: found.considered.flatMap(({ policyId, isMatch, whyNot }) => {
      const policy = policies.get(policyId);
      return policy ? [{ ...policy, isMatch, whyNot }] : [];
    }),
    ...tunnelFacts(tunnel, isSent || (tunnel?.isAlways ?? false)),
  };
}

type Answer = ReturnType<typeof accessOf>;

/** With the names of the targets through which policies decide. */
async function withNames(reader: Reader, answers: readonly Answer[]) {
  const via = answers.flatMap(({ parts }) => parts.flatMap(({ decidedBy }) => decidedBy?.via ?? []));
  const found = await names(reader, via);
  const named = (decider: Answer["decidedBy"]) =>
    decider && {
      ...decider,
      via: { type: decider.via.type, id: decider.via.id, name: found.get(decider.via.id ?? "") ?? null },
    };
  return answers.map((answer) => ({
    ...answer,
    decidedBy: named(answer.decidedBy),
    parts: answer.parts.map((part) => ({ ...part, decidedBy: named(part.decidedBy) })),
  }));
}

/** Who is asked about, and which devices that means. @throws {AppError} not-found */
async function askedFor(reader: Reader, { device, user: userId }: ExplainAccess) {
  if (device) return { user: null, ids: [device], total: 1 };
  const user = userId && (await repo.user(reader, userId));
  if (!user) throw new AppError("not-found", `There is no user ${userId}.`);
  return { user, ...(await repo.devicesOf(reader, user.id, MAX_EXPLAINED)) };
}

/** Whether a device, or those of a user, can reach an address, and why. All of one moment. */
export const explain = query({
  permission: "access.read",
  input: ExplainAccess,
  output: Explanation,
  isSnapshot: true,
  async run({ reader, actor, now }, input) {
    requireSight(actor, ["device.read", "policy.read", ...(input.user ? (["user.read"] as const) : [])]);
    const at = now();
    const question = { dst: input.dst, protocol: input.protocol, port: input.port ?? null };
    const { user, ids, total } = await askedFor(reader, input);
    const [rulebook, found, tunnels] = await Promise.all([
      loadRulebook(reader, input.dst),
      subjects(reader, { ids }),
      repo.tunnels(reader, { deviceIds: ids, dst: input.dst, now: at }),
    ]);
    if (input.device && found.length === 0) throw new AppError("not-found", `There is no device ${input.device}.`);
    const compile = compiler({ ...rulebook, now: at });
    const answers = found.map((subject) => accessOf({ rulebook, question, now: at, tunnels, compile }, subject));
    return { ...question, user, devices: await withNames(reader, answers), total };
  },
});
