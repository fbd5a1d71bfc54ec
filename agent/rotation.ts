import { Refused } from "@/agent/api";
import type { Device } from "@/agent/device";
import { agentSigner } from "@/agent/exchange";
import { createKey, type DeviceKey, loadKey, promoteNextKey } from "@/agent/keys";
import { type KeyRotation, KeyRotationResult, SelfResult } from "@/server/modules/agents/schema";

/**
 * Replaces the device's key. The next key is on disk before the server hears of it, and the old one is destroyed only
 * once the next was used, so a crash anywhere leaves a key that works. Running it again finishes what was begun.
 */
export async function rotateKey(device: Device, reason: KeyRotation["reason"]): Promise<void> {
  const begun = loadKey(device.dir, "next");
  if (begun && (await isAccepted(device, begun))) return promote(device);
  const next = begun ?? createKey(device.dir, "next");
  await announce(device, next, reason);
  await proveNext(device, next);
  promote(device);
}

/** Finishes a rotation that was cut short, if there is one. */
export async function resumeRotation(device: Device): Promise<void> {
  if (loadKey(device.dir, "next")) await rotateKey(device, "scheduled");
}

/** Whether it is time for a new key, by the server's clock. */
export const isRotationDue = ({ enrolment, clock }: Device): boolean =>
  Date.parse(enrolment.rotateAfter) <= clock.nowS() * 1000;

async function announce(device: Device, next: DeviceKey, reason: KeyRotation["reason"]): Promise<void> {
  const body: KeyRotation = { jwk: next.jwk, reason };
  const proof = { label: "new", kid: next.kid, key: next.key, tag: "keyward-rekey-v1" } as const;
  await device.api.json(
    { method: "POST", path: "/keys", body, signers: [agentSigner(device.key), proof] },
    KeyRotationResult,
  );
}

async function proveNext(device: Device, next: DeviceKey): Promise<void> {
  const call = { method: "GET", path: "/self", signers: [agentSigner(next)] } as const;
  device.learn(await device.api.json(call, SelfResult));
}

function promote(device: Device): void {
  promoteNextKey(device.dir);
  device.reloadKey();
}

/** Whether the server knows the next key already: then the announcement arrived and its answer was lost. */
async function isAccepted(device: Device, next: DeviceKey): Promise<boolean> {
  try {
    await proveNext(device, next);
    return true;
  } catch (error) {
    if (error instanceof Refused && error.answer.isTrusted && error.code === "key-unknown") return false;
    throw error;
  }
}
