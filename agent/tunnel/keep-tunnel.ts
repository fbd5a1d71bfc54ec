import type { Device } from "@/agent/device";
import type { Trigger } from "@/agent/report";
import { askForTunnel, goOverToNextKey, isRefusal, NoTunnel } from "@/agent/tunnel/ask-server";
import { bringTunnel, noteProblem, takeTunnelDown } from "@/agent/tunnel/bring-tunnel";
import { TunnelInterface } from "@/agent/tunnel/interface";
import type { System } from "@/agent/tunnel/system";
import { loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { interfaceNameOf, readTunnelState, saveTunnelState, tidyTunnelDir } from "@/agent/tunnel/tunnel-state";

interface Work {
  readonly device: Device;
  readonly system: System;
}

/** What became of the round before: nothing but the start of the agent, or an error. */
interface Before {
  readonly trigger: Trigger;
  readonly error?: unknown;
}

const placeOf = ({ device: { dir }, system }: Work) => ({ dir, system });

interface End {
  readonly why: string;
  /** The key is not to be used again either. */
  readonly isForever: boolean;
}

const ends: Readonly<Record<string, End>> = {
  "key-revoked": { why: "the device's key was revoked", isForever: true },
  "device-retired": { why: "the device was retired", isForever: true },
  "device-suspended": { why: "the device is suspended", isForever: false },
  "device-quarantined": { why: "the device is in quarantine", isForever: false },
  "device-expired": { why: "the device has expired; an administrator can put that off", isForever: false },
};

/** Why the device is not to have a tunnel, if that is so. */
const endOf = (work: Work, error: unknown): End | undefined =>
  Object.entries(ends).find(([code]) => isRefusal(error, code))?.[1] ?? ends[`device-${work.device.enrolment.status}`];

/** Brings the tunnel to what the last round said of the device. Whatever fails is kept for `status` and ends here. */
export async function keepTunnel(work: Work, before: Before): Promise<void> {
  const { dir } = work.device;
  try {
    tidyTunnelDir(dir);
    const end = endOf(work, before.error);
    if (end) await takeTunnelDown(placeOf(work), end.why, end);
    else if (work.device.enrolment.status === "active" && (await isAble(work))) await follow(work, before);
  } catch (error) {
    noteProblem(dir, error);
  }
}

/** Without asking the server: what it said last stays up, or is brought up again. */
export const restoreTunnel = (work: Work): Promise<void> =>
  keepTunnel(work, { trigger: "start", error: new Error("the server was not asked yet") });

/** A machine that cannot have a tunnel does not take an address either. It is a fault only where there is one to bring up. */
async function isAble({ device, system }: Work): Promise<boolean> {
  const { dir, enrolment } = device;
  const state = readTunnelState(dir);
  if (state.applied && (await new TunnelInterface(system, dir, interfaceNameOf(state, enrolment.deviceId)).isUp())) {
    return true;
  }
  const why = await system.obstacle();
  if (why === undefined) return true;
  if (state.told) noteProblem(dir, new Error(why));
  else await takeTunnelDown(placeOf({ device, system }), why);
  return false;
}

/** What is up stays up for as long as the server does not end it. */
async function follow(work: Work, before: Before): Promise<void> {
  let failure: unknown;
  try {
    if (before.error === undefined) await syncTunnel(work, before);
  } catch (error) {
    const end = error instanceof NoTunnel ? { why: error.message, isForever: true } : endOf(work, error);
    if (end) return takeTunnelDown(placeOf(work), end.why, end);
    failure = error;
  }
  await lastTunnel(work, before);
  if (failure !== undefined) throw failure;
}

async function syncTunnel(work: Work, before: Before): Promise<void> {
  const { device } = work;
  if (loadTunnelKey(device.dir, "next")) await resumeRotation(work);
  const told = await askForTunnel(device, { isManual: before.trigger === "manual" });
  saveTunnelState(device.dir, { told });
}

async function lastTunnel(work: Work, { trigger }: Before): Promise<void> {
  const { dir, enrolment, clock } = work.device;
  const { told, problem } = readTunnelState(dir);
  if (!told) return;
  const { notAfter } = told.tunnel;
  if (notAfter !== null && Date.parse(notAfter) <= clock.nowS() * 1000) {
    return takeTunnelDown(placeOf(work), "its time is over");
  }
  const isSoonAgain = problem?.etag === told.etag && Date.parse(problem.retryAt) > Date.now();
  if (isSoonAgain && trigger === "schedule") return;
  await bringTunnel(placeOf(work), enrolment.deviceId);
}

async function resumeRotation(work: Work): Promise<void> {
  try {
    await goOver(work);
  } catch (error) {
    // Given up, and its file with it; the present key goes on.
    if (loadTunnelKey(work.device.dir, "next")) throw error;
  }
}

/** A machine's tunnel that will not change is brought again by later rounds; the server has the new key already. */
const goOver = (work: Work): Promise<void> =>
  goOverToNextKey(work.device, async () => {
    const { dir, enrolment } = work.device;
    try {
      await bringTunnel(placeOf(work), enrolment.deviceId);
    } catch (error) {
      noteProblem(dir, error);
    }
  });

/** Replaces the tunnel's key; false if there is no tunnel. */
export async function rotateTunnelKey(work: Work): Promise<boolean> {
  if (!readTunnelState(work.device.dir).told) return false;
  await goOver(work);
  return true;
}
