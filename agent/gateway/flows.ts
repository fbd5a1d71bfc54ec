import { isInstalled, ProgramError, type Programs } from "@/agent/gateway/program";
import type { Owners } from "@/agent/gateway/ruleset";
import { log } from "@/agent/log";

/** The addresses that have another owner than before, or one where there was none, or none any more. */
export function changedHands(before: Owners, after: Owners): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (network) => before.get(network) !== after.get(network),
  );
}

/**
 * What to forget about addresses that change hands: each on its own, or everything of the tunnel if nobody in it keeps
 * theirs, as after it was down or when all are let go at once.
 */
export function toForget(before: Owners, after: Owners, whole: readonly string[]): readonly string[] {
  const changed = changedHands(before, after);
  const isAnyKept = [...after].some(([network, owner]) => before.get(network) === owner);
  return isAnyKept || changed.length === 0 ? changed : whole;
}

/** Whether this machine can forget flows. The rules look at every packet of a device, but answers pass by themselves. */
export const canForget = (programs: Programs): Promise<boolean> => isInstalled(programs, "conntrack");

export const CANNOT_FORGET =
  "A late answer to a removed device may reach whoever has its address next: install conntrack on this machine";

/** Has the kernel forget what these addresses had open, so that no late answer reaches whoever has them next. */
export async function forgetFlows(programs: Programs, networks: readonly string[]): Promise<void> {
  if (networks.length === 0 || !(await canForget(programs))) return;
  for (const network of networks) {
    for (const end of ["-s", "-d"]) await forget(programs, end, network);
  }
}

async function forget(programs: Programs, end: string, network: string): Promise<void> {
  try {
    await programs.run("conntrack", ["-D", end, network]);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    // It fails where there was nothing to forget.
    if (!error.message.includes(" 0 flow entries ")) log.warn(`What ${network} had open may go on: ${error.message}`);
  }
}
