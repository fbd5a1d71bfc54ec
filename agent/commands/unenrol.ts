import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { toAgentError } from "@/agent/advice";
import { AgentError } from "@/agent/agent-error";
import { Refused } from "@/agent/api";
import { type Command, type CommandInput, flagOption, print } from "@/agent/command";
import { cacheFile } from "@/agent/desired-state";
import { Device, withLock } from "@/agent/device";
import { Enforcement } from "@/agent/gateway/enforcement";
import { DEFAULT_INTERFACE } from "@/agent/gateway/ruleset";
import { gatewayDir, readProgress as readGatewayProgress } from "@/agent/gateway/store";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { keyFiles, loadKey } from "@/agent/keys";
import { spoolDir } from "@/agent/spool";
import { readEnrolment, readProgress, wipeState } from "@/agent/state";
import { takeTunnelDown } from "@/agent/tunnel/bring-tunnel";
import { thisSystem } from "@/agent/tunnel/system";
import { tunnelKeyFiles } from "@/agent/tunnel/tunnel-key";
import { tunnelDir } from "@/agent/tunnel/tunnel-state";

/** Refusals that mean the server has let go of the device already. */
const GONE = ["device-retired", "key-revoked", "key-unknown", "not-found"];

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new AgentError("usage", "Say that you mean it with --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new AgentError("failed", "Nothing was changed");
}

async function tellServer(dir: string): Promise<void> {
  const enrolment = readEnrolment(dir);
  const key = loadKey(dir, "current");
  // An enrolment whose answer was lost, or a key destroyed on request: nothing can be said, or needs to be.
  if (!enrolment || !key) return;
  const device = new Device(dir, { key, enrolment, progress: readProgress(dir) });
  try {
    await device.api.call(device.signed("DELETE", "/self"));
  } catch (error) {
    if (!(error instanceof Refused && error.answer.isTrusted && GONE.includes(error.code))) throw error;
    print("The server had let go of this device already.");
  }
}

/** What cannot be undone by machine is left to the person: the server's gateways let nobody in any more. */
async function tryToEnd(tunnel: string, end: () => Promise<unknown>): Promise<void> {
  try {
    await end();
  } catch (error) {
    print(`The ${tunnel} could not be taken down: ${toAgentError(error).message}`);
  }
}

/** A machine that was a gateway lets nobody in any more, whichever name its interface had. */
async function endGateway(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const { interfaceName } = readGatewayProgress(dir);
  const enforcement = new Enforcement(interfaceName ?? DEFAULT_INTERFACE, openTunnelKey(dir));
  await enforcement.remove();
  await enforcement.removeNamesakes();
}

async function unenrol(input: CommandInput, dir: string): Promise<void> {
  const isLocal = flagOption(input, "local");
  const what = isLocal ? "Forget the enrolment here, without telling the server?" : "Retire this device for good?";
  if (!flagOption(input, "yes")) await confirm(what);
  if (!isLocal) await tellServer(dir);
  await tryToEnd("tunnel", () => takeTunnelDown({ dir, system: thisSystem }, "the device left the server"));
  await tryToEnd("gateway's tunnel", () => endGateway(join(dir, gatewayDir)));
  wipeState(dir, [...Object.values(keyFiles), ...tunnelKeyFiles, cacheFile, spoolDir, tunnelDir, gatewayDir]);
  print("Unenrolled: the key and all state of the agent are gone from this device.");
  if (isLocal) print("The server does not know yet: retire the device in the console under Devices.");
}

export const unenrolCommand: Command = {
  summary: "Leave the server for good and destroy the key; --local forgets it on this device only",
  usage: "[--yes] [--local]",
  options: { yes: { type: "boolean" }, local: { type: "boolean" } },
  run: (input) => withLock(input.stateDir, (dir) => unenrol(input, dir)),
};
