import { toAgentError } from "@/agent/advice";
import { AgentError } from "@/agent/agent-error";
import { Refused } from "@/agent/api";
import type { Device } from "@/agent/device";
import type { Answer } from "@/agent/exchange";
import { createTunnelKey, dropTunnelKey, loadTunnelKey, promoteNextTunnelKey } from "@/agent/tunnel/tunnel-key";
import { readTunnelState, saveTunnelState, type Told } from "@/agent/tunnel/tunnel-state";
import { canonicalHash } from "@/server/core/canonical-hash";
import { DeviceTunnel } from "@/server/modules/tunnels/schema";

/** How long a server that has no tunnel for this device is not offered a key again. */
const OFFER_EVERY_MS = 15 * 60 * 1000;

/** Whether the server itself refused, for this reason. */
export const isRefusal = (error: unknown, code: string): boolean =>
  error instanceof Refused && error.answer.isTrusted && error.code === code;

function readTold({ body }: Answer): Told {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return { tunnel: DeviceTunnel.parse(value), etag: canonicalHash(value) };
  } catch {
    throw new AgentError(
      "failed",
      "The tunnel is not one this agent understands",
      "The last one stays up. Install the agent the server offers.",
    );
  }
}

async function offer(device: Device, publicKey: string): Promise<Told> {
  return readTold(await device.api.call(device.signed("PUT", "/tunnel", { body: { publicKey } })));
}

/** Offers the device's key, or a new one where that had its time: no key is ever taken twice. */
async function offerCurrent(device: Device): Promise<Told> {
  const { dir } = device;
  const { publicKey } = loadTunnelKey(dir, "current") ?? createTunnelKey(dir, "current");
  try {
    return await offer(device, publicKey);
  } catch (error) {
    if (!isRefusal(error, "key-in-use")) throw error;
    return offer(device, createTunnelKey(dir, "current").publicKey);
  }
}

/** What the server has, asked for only if it is not what is known; undefined if there is none. */
async function ask(device: Device): Promise<Told | undefined> {
  const { told } = readTunnelState(device.dir);
  try {
    const answer = await device.api.call(device.signed("GET", "/tunnel", { ifNoneMatch: told?.etag }));
    return answer.status === 304 && told ? told : readTold(answer);
  } catch (error) {
    if (isRefusal(error, "not-found")) return undefined;
    throw error;
  }
}

/** The server has no tunnel for this device, and the message says why. */
export class NoTunnel extends Error {
  override readonly name = "NoTunnel";
}

/** Begins the tunnel, unless the server said a while ago that there is none to be had. */
async function begin(device: Device, { isManual }: { isManual: boolean }): Promise<Told> {
  const { offerAt, down } = readTunnelState(device.dir);
  if (!isManual && down && offerAt !== null && Date.parse(offerAt) > Date.now()) throw new NoTunnel(down.why);
  try {
    return await offerCurrent(device);
  } catch (error) {
    if (!isRefusal(error, "not-found") && !isRefusal(error, "conflict")) throw error;
    saveTunnelState(device.dir, { offerAt: new Date(Date.now() + OFFER_EVERY_MS).toISOString() });
    throw new NoTunnel(toAgentError(error).message);
  }
}

/**
 * The tunnel the server has for this device under the device's present key, begun if it is not there yet.
 * @throws {NoTunnel} also when somebody ended it
 */
export async function askForTunnel(device: Device, how: { isManual: boolean }): Promise<Told> {
  const found = await ask(device);
  if (!found) return begin(device, how);
  if (found.tunnel.publicKey !== loadTunnelKey(device.dir, "current")?.publicKey) return offerCurrent(device);
  return found.tunnel.isIncomplete ? completed(device, found) : found;
}

/** With the tunnels it lacks, if the server gives them; what there is goes on in any case. */
async function completed(device: Device, found: Told): Promise<Told> {
  try {
    return await offer(device, found.tunnel.publicKey);
  } catch (error) {
    if (error instanceof Refused && error.answer.isTrusted) return found;
    throw error;
  }
}

/**
 * Goes over to the next key: it is on disk before the server hears of it, and the old one is destroyed after `use`, so
 * a crash anywhere leaves the key of the tunnel there is. Running it again finishes what was begun.
 */
export async function goOverToNextKey(device: Device, use: () => Promise<void>): Promise<void> {
  const { dir } = device;
  const next = loadTunnelKey(dir, "next") ?? createTunnelKey(dir, "next");
  try {
    const told = await offer(device, next.publicKey);
    saveTunnelState(dir, { told });
    await use();
  } catch (error) {
    // The server will never take this one.
    if (["key-in-use", "conflict", "not-found"].some((code) => isRefusal(error, code))) dropTunnelKey(dir, "next");
    throw error;
  }
  promoteNextTunnelKey(dir);
}
