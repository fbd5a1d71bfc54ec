import { z } from "zod";
import { isInstalled, ProgramError } from "@/agent/gateway/program";
import type { Change } from "@/agent/tunnel/change";
import { explainTunnel } from "@/agent/tunnel/explain-tunnel";
import type { TunnelInterface } from "@/agent/tunnel/interface";
import type { System } from "@/agent/tunnel/system";

/** wg-quick calls the first by itself; the second is systemd's. */
const resolvers = ["resolvconf", "resolvectl"] as const;
type Resolver = (typeof resolvers)[number];

/** How the tunnel's name servers were set, and why they are not in use if they are not. */
export const NameServers = z.object({ by: z.enum(resolvers).nullable(), problem: z.string().nullable() });
export type NameServers = z.infer<typeof NameServers>;

const MISSING = "The tunnel's name servers are not used: install resolvconf or systemd-resolved on this machine";
const notUsed = (error: ProgramError): string => `The tunnel's name servers are not used: ${explainTunnel(error)}`;

/** @returns null where nothing on this machine can set name servers */
async function findResolver(system: System): Promise<Resolver | null> {
  for (const name of resolvers) if (await isInstalled(system, name)) return name;
  return null;
}

/** Whether what kept the name servers from being used has changed, so that bringing the tunnel up anew may help. */
export const canSetNow = async (system: System, before: NameServers | null): Promise<boolean> =>
  before !== null && before.problem !== null && before.by !== (await findResolver(system));

export interface Names {
  readonly servers: readonly string[];
  /** How it went the last time. */
  readonly before: NameServers | null;
  /** The file for wg-quick with these name servers in it. */
  readonly fileWith: (servers: readonly string[]) => string;
}

/**
 * Changes the tunnel and has its name servers used; a tunnel without them is better than none.
 * @returns null if it has no name servers
 */
export async function changeWithNames(own: TunnelInterface, change: Change, names: Names): Promise<NameServers | null> {
  const { servers, before, fileWith } = names;
  const isUpAnew = change.action === "up" || change.action === "restart";
  if (!isUpAnew || servers.length === 0) {
    const isInFile = before?.by === "resolvconf" && before.problem === null;
    await own.change(change, fileWith(isInFile ? servers : []));
    if (servers.length === 0) return null;
    return before?.by === "resolvectl" && before.problem ? tellResolved(own, servers) : before;
  }
  const by = await findResolver(own.system);
  if (by === "resolvconf") return upWithResolvconf(own, change, names);
  await own.change(change, fileWith([]));
  return by === null ? { by, problem: MISSING } : tellResolved(own, servers);
}

/** Where resolvconf fails, wg-quick takes the whole tunnel down again. */
async function upWithResolvconf(own: TunnelInterface, change: Change, { servers, fileWith }: Names) {
  try {
    await own.change(change, fileWith(servers));
    return { by: "resolvconf", problem: null } as const;
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    await own.change({ action: "up" }, fileWith([]));
    return { by: "resolvconf", problem: notUsed(error) } as const;
  }
}

/** As wg-quick would: all questions go to the tunnel's name servers. What is set here goes with the interface. */
async function tellResolved({ system, name }: TunnelInterface, servers: readonly string[]): Promise<NameServers> {
  try {
    await system.run("resolvectl", ["dns", name, ...servers]);
    await system.run("resolvectl", ["domain", name, "~."]);
    return { by: "resolvectl", problem: null };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return { by: "resolvectl", problem: notUsed(error) };
  }
}
