import { z } from "zod";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command } from "@/server/core/operation";
import { serverKeys } from "@/server/core/server-keys";
import { type EnrolRequest, EnrolRequest as EnrolRequestSchema, EnrolResult } from "@/server/modules/agents/schema";
import * as enrolment from "@/server/modules/enrolment/service";
import * as agents from "./agent.repo";
import { checkInSchedule, requireRecentAgent } from "./agent-settings";
import * as gateways from "./gateway.repo";
import { claimedHardware } from "./hardware";
import { requireRoom } from "./limit.service";
import * as repo from "./repo";
import { takeOver } from "./service";

type Known = NonNullable<Awaited<ReturnType<typeof agents.byThumbprint>>>;

/** What an enrolled device is told: who it is, its key's life, our keys, when to come back. */
export async function enrolResult(tx: Tx | Reader, known: Known) {
  return {
    deviceId: known.deviceId,
    name: known.name,
    status: known.status,
    tags: await agents.tagNames(tx, known.deviceId),
    key: { kid: known.thumbprint, rotateAfter: (known.rotateAfter ?? new Date(0)).toISOString() },
    server: { keys: serverKeys().map(({ jwk }) => jwk) },
    checkin: checkInSchedule(known.deviceId),
  };
}

/** The same key again: the answer it missed, and no use of the token. @throws {AppError} device-retired, key-revoked */
function requireUsable(known: Known): void {
  if (known.status === "retired" || known.status === "revoked") {
    throw new AppError("device-retired", `${known.name} was ${known.status}. Enrol it with a new key and a new token.`);
  }
  if (known.keyStatus === "revoked") throw new AppError("key-revoked", "This key was revoked. Generate a new one.");
}

type Predecessor = NonNullable<Awaited<ReturnType<typeof agents.byHardware>>>;

/** What the token says about hardware that is enrolled already. @throws {AppError} hardware-conflict */
function checkHardware(token: enrolment.PresentedToken, predecessor: Predecessor | undefined): boolean {
  if (!predecessor || token.onHardwareMatch === "create") return false;
  if (token.onHardwareMatch === "supersede_if_offline_24h") return predecessor.isOffline;
  throw new AppError("hardware-conflict", `This machine is enrolled as ${predecessor.name}. Revoke that device first.`);
}

interface Joining {
  request: EnrolRequest;
  thumbprint: string;
  token: enrolment.PresentedToken;
  predecessor: Predecessor | undefined;
}

async function insertDevice({ tx, request: meta }: CommandContext, joining: Joining): Promise<string> {
  const { request, thumbprint, token, predecessor } = joining;
  const status = token.requireApproval ? "pending" : "active";
  const deviceId = await agents.insertDevice(tx, {
    name: request.device.name ?? request.device.hostname,
    status,
    userId: token.ownerUserId,
    gatewayId: token.gatewayId,
    platform: request.agent.os,
    appVersion: request.agent.version,
    deviceFingerprint: thumbprint,
    publicKey: thumbprint,
    enrolmentTokenId: token.id,
    hardwareHash: claimedHardware(request.device),
    recentInstanceIds: [request.device.instanceId],
    lastSeenIp: meta.ip,
    possiblePredecessorId: predecessor?.id ?? null,
  });
  await agents.insertKey(tx, { deviceId, thumbprint, jwk: request.jwk });
  await repo.addTags(tx, deviceId, { tagIds: await enrolment.tagsOf(tx, token.id), source: `token:${token.id}` });
  return deviceId;
}

/**
 * Makes way for the machine that enrols as a gateway: of two at once, one. What was revoked or rejected is in nobody's
 * way. @throws {AppError} gateway-taken, token-revoked
 */
async function requireVacant(tx: Tx, gatewayId: string): Promise<void> {
  if (!(await gateways.lock(tx, gatewayId))) throw new AppError("token-revoked", "This gateway was removed.");
  const holder = await gateways.vacate(tx, gatewayId);
  if (!holder) return;
  const message = `${holder.name} is this gateway already. Retire or revoke that device first.`;
  throw new AppError("gateway-taken", message);
}

async function join(context: CommandContext, joining: Joining): Promise<void> {
  const { tx, audit, request: meta } = context;
  const { request, token, predecessor } = joining;
  const supersedes = checkHardware(token, predecessor);
  if (token.gatewayId) await requireVacant(tx, token.gatewayId);
  // Who takes a predecessor's place takes no other.
  const replaces = supersedes && predecessor?.userId === token.ownerUserId;
  if (token.ownerUserId && !replaces) await requireRoom(tx, token.ownerUserId, "they");
  const deviceId = await insertDevice(context, joining);
  const status = token.requireApproval ? "pending" : "active";
  audit({
    event: "device.enrolled",
    subject: deviceId,
    userId: token.ownerUserId,
    changes: { name: [null, request.device.name ?? request.device.hostname], status: [null, status] },
    metadata: { token: token.name, tokenId: token.id, key: joining.thumbprint },
  });
  if (token.gatewayId) audit({ event: "gateway.enrolled", subject: token.gatewayId, metadata: { deviceId } });
  if (supersedes && predecessor) {
    await takeOver(context, deviceId, predecessor);
    audit({ event: "device.superseded", subject: deviceId, metadata: { predecessor: predecessor.id } });
  } else if (predecessor)
    audit({ event: "device.hardware-duplicated", subject: deviceId, metadata: { predecessor: predecessor.id } });
  const use = { enrolmentTokenId: token.id, deviceId, ipAddress: meta.ip, userAgent: meta.userAgent };
  await enrolment.recordUse(tx, { ...use, outcome: "enrolled" });
  // Last, because a popular token's row is the one thing all these transactions wait for.
  await enrolment.takeUse(tx, token);
}

/**
 * Token and proof of possession in one request; the key's thumbprint is the idempotency key, so that a lost answer
 * costs nothing. Called after the request's signature was verified with the key it carries.
 */
export const enrol = command({
  permission: "anyone",
  unaudited: "The same key asking again changes nothing; a new device is audited",
  input: z.object({ request: EnrolRequestSchema, thumbprint: z.string() }),
  output: z.object({ isNew: z.boolean(), result: EnrolResult }),
  async run(context, { request, thumbprint }) {
    const { tx } = context;
    await agents.lockThumbprint(tx, thumbprint);
    const before = await agents.byThumbprint(tx, thumbprint);
    if (before) {
      requireUsable(before);
      return { isNew: false, result: await enrolResult(tx, before) };
    }
    requireRecentAgent(request.agent);
    const token = await enrolment.present(tx, request.token, context.request);
    const hash = claimedHardware(request.device);
    const predecessor = hash ? await agents.byHardware(tx, hash) : undefined;
    await join(context, { request, thumbprint, token, predecessor });
    const known = await agents.byThumbprint(tx, thumbprint);
    if (!known) throw new Error("The enrolled device is not there");
    return { isNew: true, result: await enrolResult(tx, known) };
  },
});

/** Keeps a refused enrolment for the audit log. */
export const recordRefusal = command({
  permission: "anyone",
  input: z.object({ code: z.string(), isBruteForce: z.boolean() }),
  output: z.void(),
  async run({ audit }, { code, isBruteForce }) {
    audit({ event: "enrolment.failed", status: "denied", metadata: { code } });
    if (isBruteForce) audit({ event: "enrolment.bruteforce-suspected", status: "denied" });
  },
});
