import { readFileSync } from "node:fs";
import { isInstalled, type Programs, thisMachine } from "@/agent/gateway/program";

/** All that the tunnel does to the machine goes through here. */
export interface System extends Programs {
  /** Why no tunnel can be made on this machine, if it cannot. */
  obstacle(): Promise<string | undefined>;
}

const CAP_NET_ADMIN = 12n;

/** Inside a container root may be without the right to make interfaces. */
function mayMakeInterfaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  const held = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${held}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

async function obstacle(): Promise<string | undefined> {
  if (process.platform !== "linux") {
    return `The agent's tunnel is unsupported on ${process.platform}: use the configuration from the console`;
  }
  if (!mayMakeInterfaces()) return "No right to make interfaces: run the agent as root, with CAP_NET_ADMIN";
  const hasTools = (await isInstalled(thisMachine, "wg")) && (await isInstalled(thisMachine, "wg-quick"));
  return hasTools ? undefined : "wireguard-tools is not installed on this machine: install wg and wg-quick";
}

export const thisSystem: System = { ...thisMachine, obstacle };
