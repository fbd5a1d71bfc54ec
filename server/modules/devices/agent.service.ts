import { z } from "zod";
import type { DeviceActor } from "@/server/core/actor";
import { canonicalJson } from "@/server/core/canonical-hash";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import { FactSection, factSections, factsBySection } from "@/server/modules/agents/facts.schema";
import { CheckIn, CheckInResult, FactsResult, Report, ReportResult, SelfResult } from "@/server/modules/agents/schema";
import * as agents from "./agent.repo";
import { checkInSchedule, requireRecentAgent } from "./agent-settings";
import { type Instances, seeInstance } from "./clones";
import { emptyDocument, ensureCompiled, etagOf, sha256Base64url, stored } from "./desired-state.service";
import { enrolResult } from "./enrol.service";
import * as repo from "./repo";

type DeviceContext = CommandContext & { device: DeviceActor };

/** A command of a device: its nonce is used up in the same transaction, so that a replay changes nothing. */
export function deviceCommand<Input extends z.ZodType, Output extends z.ZodType>(definition: {
  unaudited?: string;
  input: Input;
  output: Output;
  run(context: DeviceContext, input: z.output<Input>): Promise<z.input<Output>>;
}) {
  return command({
    ...definition,
    permission: "device",
    async run(context, input) {
      const { actor, tx } = context;
      if (actor.kind !== "device") throw new AppError("unauthenticated");
      if (!(await agents.rememberNonce(tx, actor.deviceId, actor.nonce))) throw new AppError("nonce-reused");
      return definition.run({ ...context, device: actor }, input);
    },
  });
}

const gone = () => new AppError("device-retired");

export const self = query({
  permission: "device",
  input: z.void(),
  output: SelfResult,
  async run({ reader, actor }) {
    if (actor.kind !== "device") throw new AppError("unauthenticated");
    const known = await agents.byThumbprint(reader, actor.thumbprint);
    if (!known) throw new AppError("key-unknown");
    return enrolResult(reader, known);
  },
});

type DeviceState = NonNullable<Awaited<ReturnType<typeof agents.state>>>;

/** Looks for a second holder of the device's key; two flips are one. */
function clonesIn(device: DeviceState, instanceId: string): Instances & { isNew: boolean } {
  const seen = seeInstance({ recent: device.recentInstanceIds, flips: device.cloneFlips }, instanceId);
  return { ...seen, isNew: seen.flips >= repo.CLONE_FLIPS && device.cloneFlips < repo.CLONE_FLIPS };
}

async function noteCheckIn(context: DeviceContext, seen: DeviceState, input: CheckIn): Promise<void> {
  const { tx, audit, request } = context;
  // Two holders of a key may check in at the same moment: each counts on from what the other left.
  const isSame = seen.recentInstanceIds.at(-1) === input.instanceId;
  const device = isSame ? seen : ((await agents.lockState(tx, seen.id)) ?? seen);
  const instances = clonesIn(device, input.instanceId);
  const isKnown = instances.recent === device.recentInstanceIds;
  const isUnchanged = isKnown && device.appliedHash === input.appliedEtag && device.appVersion === input.agent.version;
  if (isUnchanged && device.isSeenLately) return;
  await repo.update(tx, device.id, {
    lastSeenAt: repo.NOW,
    lastSeenIp: request.ip,
    appVersion: input.agent.version,
    platform: input.agent.os,
    appliedHash: input.appliedEtag,
    recentInstanceIds: [...instances.recent],
    cloneFlips: instances.flips,
  });
  await agents.noteKeyUse(tx, context.device.thumbprint, request.ip);
  if (instances.isNew) {
    audit({
      event: "device.clone-suspected",
      subject: device.id,
      userId: device.userId,
      metadata: { instances: instances.recent },
    });
  }
}

function directivesFor(device: DeviceState): { type: string }[] {
  return device.rotatesKey ? [{ type: "rotate-key" }] : [];
}

/** Sections the device has and we do not, or has newer. */
function wanted(hashes: CheckIn["factsHash"], known: Map<string, string>): string[] {
  return factSections.filter((section) => hashes[section] !== undefined && hashes[section] !== known.get(section));
}

export const checkIn = deviceCommand({
  unaudited: "A sign of life; what it reveals that matters is audited",
  input: CheckIn,
  output: CheckInResult,
  async run(context, input) {
    const { tx, device: actor, now } = context;
    requireRecentAgent(input.agent);
    const [device, facts] = await Promise.all([
      agents.state(tx, actor.deviceId),
      agents.factHashes(tx, actor.deviceId),
    ]);
    if (!device) throw gone();
    await noteCheckIn(context, device, input);
    const desiredEtag =
      device.status === "quarantined" ? etagOf(emptyDocument(device.id)) : await ensureCompiled(tx, device);
    const { intervalS, jitterPct } = checkInSchedule(device.id);
    return {
      status: device.status,
      desiredEtag,
      checkin: { intervalS, jitterPct },
      directives: directivesFor(device),
      wantFacts: wanted(input.factsHash, facts),
      serverTime: Math.floor(now().getTime() / 1000),
    };
  },
});

/** The device's document with its ETag; a quarantined device gets an empty one. */
export const desiredState = command({
  permission: "device",
  unaudited: "Compiling what is due is not a change anybody made",
  input: z.void(),
  output: z.object({ etag: z.string(), document: z.unknown() }),
  async run({ tx, actor }) {
    if (actor.kind !== "device") throw new AppError("unauthenticated");
    const device = await agents.state(tx, actor.deviceId);
    if (!device) throw gone();
    if (device.status === "quarantined") {
      const document = emptyDocument(device.id);
      return { etag: etagOf(document), document };
    }
    const etag = await ensureCompiled(tx, device);
    return { etag, document: await stored(tx, etag) };
  },
});

export const report = deviceCommand({
  unaudited: "A report is kept in full among the device's runs",
  input: Report,
  output: ReportResult,
  async run({ tx, device }, { startedAt, compliant, ...input }) {
    const run = { ...input, deviceId: device.deviceId, startedAt: new Date(startedAt) };
    const summary = { ...input.summary, compliantIds: compliant };
    const isNew = await agents.insertRun(tx, { ...run, summary });
    if (isNew && input.mode === "enforce") await noteOutcome(tx, device.deviceId, input);
    return { reportId: input.reportId, duplicate: !isNew };
  },
});

/** The worst of what a run found is what the device is. A report about an older document is history, no more. */
async function noteOutcome(
  tx: Tx,
  deviceId: string,
  { etag, summary }: Pick<Report, "etag" | "summary">,
): Promise<void> {
  const device = await agents.state(tx, deviceId);
  if (device?.desiredHash !== etag) return;
  const compliance = summary.failed > 0 ? "failed" : summary.drifted > 0 ? "drifted" : "compliant";
  await repo.update(tx, deviceId, { appliedHash: etag, compliance });
}

/** Replaces one section of what is known about the device. */
export const putFacts = deviceCommand({
  unaudited: "Facts are the device's own word and are replaced many times a day",
  input: z.object({ section: FactSection, facts: z.unknown() }),
  output: FactsResult,
  async run({ tx, device }, { section, facts: claimed }) {
    const facts = factsBySection[section].parse(claimed);
    const hash = sha256Base64url(canonicalJson(facts));
    await agents.putFacts(tx, { deviceId: device.deviceId, section, facts, hash });
    if (section === "os") await repo.update(tx, device.deviceId, { osVersion: osName(facts) });
    return { section, hash };
  },
});

function osName(facts: unknown): string | null {
  const { name, version } = z
    .looseObject({ name: z.string().default(""), version: z.string().default("") })
    .parse(facts);
  return `${name} ${version}`.trim().slice(0, 200) || null;
}

/** The device leaves: its keys are dead, its history stays. */
export const unenrol = deviceCommand({
  input: z.void(),
  output: z.void(),
  async run({ tx, device, audit }) {
    const current = await repo.lock(tx, device.deviceId);
    if (!current || current.status === "revoked" || current.status === "retired") throw gone();
    await repo.revokeKeys(tx, [device.deviceId]);
    await repo.update(tx, device.deviceId, { status: "retired", revokedAt: repo.NOW });
    audit({
      event: "device.retired",
      subject: device.deviceId,
      userId: current.userId,
      changes: { status: [current.status, "retired"] },
    });
  },
});
