import { z } from "zod";
import type { ProblemCode } from "@/server/core/errors";
import { FactSection, factSections } from "@/server/modules/agents/facts.schema";

/**
 * The wire contract of the agent protocol. What a device sends is strict; what the server answers is open, because a
 * device that was not updated for a year must still understand a server that was.
 */
export const AGENT_API = "/api/agent/v1";
/** The version of the desired-state document this code understands. */
export const DOCUMENT_SCHEMA = 1;

/** Largest bodies, in bytes on the wire; facts may be compressed and then count inflated too. */
export const bodyLimits = {
  enrolment: 16 * 1024,
  checkIn: 32 * 1024,
  facts: 1024 * 1024,
  factsInflated: 8 * 1024 * 1024,
  report: 1024 * 1024,
  keys: 16 * 1024,
} as const;

const Thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "not an RFC 7638 SHA-256 thumbprint");
const Sha256 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "not a base64url SHA-256");
const Etag = z.string().regex(/^ds1-[A-Za-z0-9_-]{43}$/, "not an ETag of a desired state");
const Line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}+$/u, "one line of printable text");
/** Random per agent process; a clone shows by two of them taking turns. */
const InstanceId = z.string().regex(/^[A-Za-z0-9_-]{4,64}$/);
const EpochSeconds = z.number().int().nonnegative();
const Coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const Okp = { kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: Coordinate };
const Ec = { kty: z.literal("EC"), crv: z.literal("P-256"), x: Coordinate, y: Coordinate };

export const WireJwk = z.union([z.strictObject(Okp), z.strictObject(Ec)]);
export type WireJwk = z.infer<typeof WireJwk>;

/** A server's public key as published. Members such as `kid` are dropped: the thumbprint is computed, not believed. */
export const ServerKey = z.union([z.object(Okp), z.object(Ec)]);
export type ServerKey = z.infer<typeof ServerKey>;
const ServerKeys = z.object({ keys: z.array(ServerKey).min(1).max(3) });

export const AgentDeviceStatus = z.enum([
  "pending",
  "active",
  "suspended",
  "quarantined",
  "rejected",
  "revoked",
  "retired",
]);
export type AgentDeviceStatus = z.infer<typeof AgentDeviceStatus>;

/** GET /server: the one call that needs no signature. */
export const ServerInfo = z.object({
  serverTime: EpochSeconds,
  apiVersions: z.array(z.string().max(16)).max(16),
  minAgentVersion: z.string().max(32),
  server: ServerKeys,
});
export type ServerInfo = z.infer<typeof ServerInfo>;

export const AgentBuild = z.strictObject({ version: Line(32), os: Line(32), arch: Line(32) });
export type AgentBuild = z.infer<typeof AgentBuild>;

export const EnrolRequest = z.strictObject({
  /** 16 hex digits; dashes and upper case are accepted, the server folds them. */
  token: z.string().regex(/^(?:[0-9A-Fa-f]-?){15}[0-9A-Fa-f]$/, "not an enrolment token"),
  jwk: WireJwk,
  agent: AgentBuild,
  device: z.strictObject({
    hostname: Line(253),
    name: Line(100).optional(),
    /** A hint, never an identity. Our agent sends only the hash. */
    hardwareUuid: Line(64).optional(),
    hardwareHash: Sha256.optional(),
    instanceId: InstanceId,
  }),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

const CheckInSchedule = z.object({
  intervalS: z.number().int().min(15).max(86_400),
  jitterPct: z.number().int().min(0).max(50),
  firstAfterS: z.number().int().min(0).max(86_400).optional(),
});
const KeyInfo = z.object({ kid: Thumbprint, rotateAfter: z.iso.datetime() });

/** The answer to an enrolment (201 new, 200 the same key again) and to GET /self, which recovers a lost one. */
export const EnrolResult = z.object({
  deviceId: z.uuid(),
  name: z.string().max(253),
  status: AgentDeviceStatus,
  tags: z.array(z.string().max(100)).max(1000),
  key: KeyInfo,
  server: ServerKeys,
  checkin: CheckInSchedule,
});
export type EnrolResult = z.infer<typeof EnrolResult>;
export const SelfResult = z.object(EnrolResult.shape);
export type SelfResult = z.infer<typeof SelfResult>;

export const CheckIn = z.strictObject({
  instanceId: InstanceId,
  bootId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  agent: AgentBuild,
  /** What the device last collected, by section; the server asks for those it does not have. */
  factsHash: z.partialRecord(FactSection, Sha256),
  appliedEtag: Etag.nullable(),
  /** Seconds to add to the device's clock to get the server's. */
  clockOffsetS: z.number().int().min(-1e10).max(1e10).default(0),
});
export type CheckIn = z.infer<typeof CheckIn>;

/** What the server may tell a device to do once. An agent passes over the types it does not know. */
export const Directive = z.discriminatedUnion("type", [
  z.object({ type: z.literal("rotate-key") }),
  z.object({ type: z.literal("refresh-facts") }),
  z.object({ type: z.literal("wipe-key") }),
]);
export type Directive = z.infer<typeof Directive>;

export const CheckInResult = z.object({
  status: AgentDeviceStatus,
  /** Null while the device is not active: there is nothing for it to fetch. */
  desiredEtag: Etag.nullable(),
  checkin: CheckInSchedule,
  directives: z.array(z.looseObject({ type: z.string().max(64) })).max(20),
  wantFacts: z.array(z.string().max(32)).max(factSections.length * 2),
  serverTime: EpochSeconds,
});
export type CheckInResult = z.infer<typeof CheckInResult>;

/** The document a device brings about. No timestamps: its ETag is `ds1-` + base64url SHA-256 of its RFC 8785 form. */
export const DesiredState = z.object({
  schema: z.literal(DOCUMENT_SCHEMA),
  deviceId: z.uuid(),
  tags: z.array(z.string().max(100)).max(1000),
  settings: z.object({
    intervalS: z.number().int().min(15).max(86_400),
    jitterPct: z.number().int().min(0).max(50),
    factsIntervalS: z.number().int().min(60).max(604_800),
  }),
  items: z.array(z.looseObject({ id: z.string().max(64), type: z.string().max(64) })),
  tombstones: z.array(z.looseObject({ id: z.string().max(64), type: z.string().max(64) })),
  wireguard: z.null(),
});
export type DesiredState = z.infer<typeof DesiredState>;

export const itemStatuses = ["compliant", "applied", "drifted", "failed", "skipped"] as const;
export const errorClasses = [
  "validate",
  "timeout",
  "exit",
  "denied",
  "conflict",
  "verify",
  "notify",
  "unsupported",
  "agent",
] as const;

const Count = z.number().int().min(0).max(100_000);
export const ReportItem = z.strictObject({
  itemId: Line(64),
  status: z.enum(itemStatuses),
  corrective: z.boolean().default(false),
  errorClass: z.enum(errorClasses).optional(),
  message: z.string().max(2048).optional(),
  attempts: Count.default(1),
  durationMs: z.number().int().min(0).max(86_400_000),
});
export type ReportItem = z.infer<typeof ReportItem>;

/** What one run did. Sent again with the same `reportId` until the server has it. */
export const Report = z.strictObject({
  reportId: z.uuidv7(),
  etag: Etag,
  mode: z.enum(["enforce", "plan"]),
  trigger: z.enum(["schedule", "manual", "directive", "start"]),
  startedAt: z.iso.datetime(),
  durationMs: z.number().int().min(0).max(86_400_000),
  agentVersion: Line(32),
  instanceId: InstanceId,
  summary: z.strictObject({ compliant: Count, applied: Count, drifted: Count, failed: Count, skipped: Count }),
  items: z.array(ReportItem).max(5000),
  /** Ids of items that are, and were, as they should be. */
  compliant: z.array(Line(64)).max(5000),
});
export type Report = z.infer<typeof Report>;
export const ReportResult = z.object({ reportId: z.uuidv7(), duplicate: z.boolean() });
export type ReportResult = z.infer<typeof ReportResult>;

/** The answer to PUT /facts/{section}: the hash the server computed, base64url SHA-256 of the RFC 8785 form. */
export const FactsResult = z.object({ section: FactSection, hash: Sha256 });
export type FactsResult = z.infer<typeof FactsResult>;

/** POST /keys, signed by the old key as `sig1` and by the new one as `new`. */
export const KeyRotation = z.strictObject({
  jwk: WireJwk,
  reason: z.enum(["scheduled", "directive", "manual", "compromised"]),
});
export type KeyRotation = z.infer<typeof KeyRotation>;
export const KeyRotationResult = z.object({
  key: KeyInfo,
  previous: z.object({ kid: Thumbprint }),
  server: ServerKeys,
});
export type KeyRotationResult = z.infer<typeof KeyRotationResult>;

/** RFC 9457. The last segment of `type` is the code; everything else is for people, or optional. */
export const Problem = z.looseObject({
  type: z.string().regex(/^(?:.*\/)?problems\/[a-z0-9-]+$/),
  status: z.number().int().min(400).max(599),
  title: z.string().max(200).optional(),
  detail: z.string().max(2000).optional(),
  retryable: z.boolean().optional(),
  errors: z
    .array(z.object({ pointer: z.string().max(500), detail: z.string().max(500) }))
    .max(100)
    .optional(),
  serverTime: EpochSeconds.optional(),
  maxPastS: z.number().int().optional(),
  maxFutureS: z.number().int().optional(),
  /** With `device-retired` only: whether the device is to destroy its key. */
  directives: z
    .array(z.looseObject({ type: z.string().max(64) }))
    .max(20)
    .optional(),
});
export type Problem = z.infer<typeof Problem>;

/** `clock-skew` out of `/problems/clock-skew`. */
export const problemCode = (problem: Problem): string => problem.type.slice(problem.type.lastIndexOf("/") + 1);

/**
 * What an agent does about a refusal:
 * `give-up` log and go on with the last state · `retry-once` now, with a fresh nonce · `adjust-clock` then once more ·
 * `re-enrol` only where a token is configured, else wait 15 min · `reread-token` once, then back off to 1 h ·
 * `poll` for approval, 60 s to 15 min · `stop-applying` but keep checking in · `stop` until an operator acts ·
 * `retire` stop for good, if the answer is truly the server's · `drop` this section only · `update` the agent ·
 * `wait` the longer of Retry-After and the backoff.
 */
export const errorReactions = {
  malformed: "give-up",
  "query-not-allowed": "give-up",
  "digest-mismatch": "give-up",
  "private-key-exposed": "give-up",
  "not-found": "give-up",
  "method-not-allowed": "give-up",
  "signature-missing": "retry-once",
  "signature-invalid": "retry-once",
  "nonce-reused": "retry-once",
  "key-unknown": "re-enrol",
  "clock-skew": "adjust-clock",
  "token-invalid": "reread-token",
  "token-expired": "reread-token",
  "token-exhausted": "reread-token",
  "token-revoked": "reread-token",
  "device-pending": "poll",
  "device-suspended": "stop-applying",
  "device-quarantined": "stop-applying",
  "device-expired": "give-up",
  "key-revoked": "stop",
  "key-in-use": "stop",
  "hardware-conflict": "stop",
  "gateway-taken": "stop",
  "device-limit": "stop",
  "device-retired": "retire",
  "too-large": "drop",
  "unsupported-media-type": "drop",
  invalid: "drop",
  "agent-too-old": "update",
  "too-many-requests": "wait",
  unavailable: "wait",
  internal: "wait",
} as const satisfies Partial<Record<ProblemCode, string>>;
export type AgentErrorCode = keyof typeof errorReactions;
export type AgentReaction = (typeof errorReactions)[AgentErrorCode];
