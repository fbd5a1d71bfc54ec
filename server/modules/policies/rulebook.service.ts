import type { Reader, Tx } from "@/server/core/database";
import { aggregate } from "./address-range";
import { type Compiled, clientRoutes, compiler } from "./compile";
import type { Rulebook } from "./policy-model";
import * as repo from "./rulebook.repo";

export interface Enforcement {
  readonly rulebook: Rulebook;
  /** By device. */
  readonly compiled: ReadonlyMap<string, Compiled>;
}

/** What policies make of every device with a tunnel to the gateway, as it is at this moment. */
export async function ofGateway(reader: Reader, gatewayId: string, now: Date): Promise<Enforcement> {
  const rulebook = await repo.rulebook(reader);
  const compile = compiler({ ...rulebook, now });
  const subjects = await repo.subjectsOfGateway(reader, gatewayId);
  return { rulebook, compiled: new Map(subjects.map((subject) => [subject.deviceId, compile(subject)])) };
}

/**
 * What a device sends into its tunnel: what policies allow, and these networks in any case. One that waits for approval
 * or is suspended is told what it will have then; until then the gateway lets nothing of it through.
 */
export async function routesOf(
  reader: Reader | Tx,
  deviceId: string,
  { now, always }: { now: Date; always: readonly string[] },
): Promise<string[]> {
  const rulebook = await repo.rulebook(reader);
  const subject = await repo.subject(reader, deviceId);
  const compile = compiler({ ...rulebook, now });
  const allowed = subject ? clientRoutes(compile({ ...subject, isActive: true }).profile) : [];
  return aggregate([...allowed, ...always]);
}
