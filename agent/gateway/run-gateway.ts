import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "@/agent/agent-error";
import type { Device } from "@/agent/device";
import { Enforcement } from "@/agent/gateway/enforcement";
import { CANNOT_FORGET, canForget } from "@/agent/gateway/flows";
import { Gateway } from "@/agent/gateway/gateway";
import { Housekeeping } from "@/agent/gateway/housekeeping";
import { Line } from "@/agent/gateway/line";
import { Poll, type Sleep } from "@/agent/gateway/poll";
import { thisMachine } from "@/agent/gateway/program";
import { openGatewayDir } from "@/agent/gateway/store";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { log } from "@/agent/log";
import { runLoop } from "@/agent/loop";
import type { Signals } from "@/agent/signals";

export interface GatewayOptions {
  readonly interfaceName: string;
  readonly endpoint: string | null;
  readonly maxStaleS: number;
  readonly holdS: number;
}

/**
 * Works until stopped, and leaves the tunnel as it is then, so that an upgrade cuts nobody off. Besides what only a
 * gateway does, it does what every device does: it checks in, sends facts and replaces its key.
 * @throws {AgentError} refused, when the server has let go of this gateway: its tunnel is taken down then
 */
export async function runGateway(device: Device, options: GatewayOptions, signals: Signals): Promise<void> {
  const dir = openGatewayDir(device.dir);
  const key = openTunnelKey(dir);
  const { interfaceName, maxStaleS, endpoint, holdS } = options;
  const enforcement = new Enforcement(interfaceName, key);
  if (!(await canForget(thisMachine))) log.warn(CANNOT_FORGET);
  const context = { clock: device.clock, limits: { maxStaleS }, interfaceName };
  await enforcement.removeNamesakes();
  const gateway = new Gateway(dir, enforcement, context);
  await gateway.settle();
  const ended = new AbortController();
  const { signal } = ended;
  const line = new Line(device, signal);
  const sleep: Sleep = async (ms) => {
    // The one error there can be is that it was ended early.
    await delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  };
  const poll = new Poll(gateway, line, { endpoint, holdS, publicKey: key.publicKey, onDoubt: signals.wake });
  const asGateway = [poll.run(sleep, signal), new Housekeeping(gateway, line).run(sleep, signal)];
  const asDevice = runLoop(device, signals.pause);
  try {
    await Promise.race([asDevice, ...asGateway]);
  } catch (error) {
    if (error instanceof AgentError && error.kind === "refused") await leave(enforcement);
    throw error;
  } finally {
    ended.abort();
    signals.stop();
    await Promise.allSettled([asDevice, ...asGateway]);
  }
}

async function leave(enforcement: Enforcement): Promise<void> {
  log.warn("The server has let go of this gateway: the tunnel is taken down");
  await enforcement.remove();
}
