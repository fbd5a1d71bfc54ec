import { rmSync } from "node:fs";
import { join } from "node:path";
import { Refused } from "@/agent/api";
import { type CachedState, fetchDesiredState, loadDesiredState } from "@/agent/desired-state";
import { agentBuild, type Device, instanceId } from "@/agent/device";
import { bootId } from "@/agent/facts/boot";
import type { Facts, Inventory } from "@/agent/facts/inventory";
import { keyFiles } from "@/agent/keys";
import { reportOn, type Trigger } from "@/agent/report";
import { isRotationDue, resumeRotation, rotateKey } from "@/agent/rotation";
import { keepReport, sendReports } from "@/agent/spool";
import type { FactSection } from "@/server/modules/agents/facts.schema";
import { type CheckIn, CheckInResult, Directive, SelfResult } from "@/server/modules/agents/schema";

const DEFAULT_FACTS_INTERVAL_S = 3600;
/** How often a device asks who it is, which is also how it hears of the server's next key. */
const SELF_EVERY_MS = 24 * 3600 * 1000;

export interface Round {
  readonly status: CheckInResult["status"];
  readonly etag: string | null;
  readonly sentFacts: readonly FactSection[];
  readonly isNewState: boolean;
  /** The server told the device to destroy its key, and it did. */
  readonly isWiped: boolean;
}

/** One round with the server: check in, hand over the facts it wants, fetch and apply what it desires, report. */
export async function runRound(device: Device, inventory: Inventory, trigger: Trigger): Promise<Round> {
  const startedAtMs = Date.now();
  await resumeRotation(device);
  await askSelf(device);
  const facts = await collect(device, inventory);
  const result = await checkIn(device, facts);
  const directives = new Set(knownDirectives(result.directives).map((directive) => directive.type));
  if (directives.has("wipe-key")) return wiped(device, result);
  const sentFacts = directives.has("refresh-facts")
    ? await sendFreshFacts(device, inventory)
    : await sendFacts(device, facts, result.wantFacts);
  const state = result.desiredEtag === null ? undefined : await fetchDesiredState(device, result.desiredEtag);
  const isNewState = state !== undefined && state.etag !== device.progress.appliedEtag;
  if (state && (isNewState || trigger === "manual")) apply(device, state, { trigger, startedAtMs });
  await sendReports(device);
  if (directives.has("rotate-key")) await rotateKey(device, "directive");
  else if (isRotationDue(device)) await rotateKey(device, "scheduled");
  return { status: result.status, etag: state?.etag ?? null, sentFacts, isNewState, isWiped: false };
}

async function askSelf(device: Device): Promise<void> {
  const { lastSelfAt } = device.progress;
  if (lastSelfAt !== null && Math.abs(Date.now() - Date.parse(lastSelfAt)) < SELF_EVERY_MS) return;
  device.learn(await device.api.json(device.signed("GET", "/self"), SelfResult));
  device.saveProgress({ lastSelfAt: new Date().toISOString() });
}

const collect = (device: Device, inventory: Inventory): Promise<Facts> =>
  inventory.current({
    nowS: performance.now() / 1000,
    everyS: loadDesiredState(device)?.document.settings.factsIntervalS ?? DEFAULT_FACTS_INTERVAL_S,
    clockOffsetS: device.clock.offsetS,
  });

async function checkIn(device: Device, facts: Facts): Promise<CheckInResult> {
  const body: CheckIn = {
    instanceId,
    bootId: bootId(),
    agent: agentBuild,
    factsHash: Object.fromEntries([...facts].map(([section, { hash }]) => [section, hash])),
    appliedEtag: device.progress.appliedEtag,
    clockOffsetS: device.clock.offsetS,
  };
  const result = await device.api.json(device.signed("POST", "/checkins", { body }), CheckInResult);
  const { intervalS, jitterPct } = result.checkin;
  device.saveEnrolment({ status: result.status, intervalS, jitterPct });
  device.saveProgress({ lastContactAt: new Date().toISOString(), factsHash: body.factsHash, problem: null });
  return result;
}

/** The directives this agent knows; a newer server may have others. */
const knownDirectives = (directives: readonly unknown[]): Directive[] =>
  directives.flatMap((directive) => Directive.safeParse(directive).data ?? []);

/** Whether a refusal is a retirement, signed like any answer, that asks for the key to be destroyed. */
export const asksToWipe = ({ answer, reaction }: Refused): boolean =>
  reaction === "retire" &&
  answer.isTrusted &&
  knownDirectives(answer.problem?.directives ?? []).some(({ type }) => type === "wipe-key");

async function sendFacts(device: Device, facts: Facts, wanted: readonly string[]): Promise<FactSection[]> {
  const sent: FactSection[] = [];
  for (const [section, { facts: body, hash }] of facts) {
    if (!wanted.includes(section) || device.progress.rejectedFacts[section] === hash) continue;
    try {
      await device.api.call(device.signed("PUT", `/facts/${section}`, { body }));
      sent.push(section);
    } catch (error) {
      if (!(error instanceof Refused && error.reaction === "drop")) throw error;
      device.saveProgress({ rejectedFacts: { ...device.progress.rejectedFacts, [section]: hash } });
    }
  }
  return sent;
}

async function sendFreshFacts(device: Device, inventory: Inventory): Promise<FactSection[]> {
  inventory.expire();
  const facts = await collect(device, inventory);
  return sendFacts(device, facts, [...facts.keys()]);
}

function apply(device: Device, state: CachedState, run: { trigger: Trigger; startedAtMs: number }): void {
  const { settings, tags } = state.document;
  device.saveEnrolment({ tags, intervalS: settings.intervalS, jitterPct: settings.jitterPct });
  keepReport(device.dir, reportOn(state, run.trigger, run.startedAtMs));
  device.saveProgress({ appliedEtag: state.etag });
}

/** Destroys the key for good. The rest stays, so that `status` can say what happened. */
export function destroyKey(device: Device): void {
  for (const name of Object.values(keyFiles)) rmSync(join(device.dir, name), { force: true });
  device.saveEnrolment({ status: "retired" });
}

function wiped(device: Device, result: CheckInResult): Round {
  destroyKey(device);
  return { status: result.status, etag: null, sentFacts: [], isNewState: false, isWiped: true };
}
