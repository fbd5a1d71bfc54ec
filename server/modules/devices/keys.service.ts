import { z } from "zod";
import { AppError } from "@/server/core/errors";
import { command } from "@/server/core/operation";
import { thumbprint as thumbprintOf } from "@/server/core/public-jwk";
import { serverKeys } from "@/server/core/server-keys";
import { KeyRotation, KeyRotationResult } from "@/server/modules/agents/schema";
import * as agents from "./agent.repo";
import { deviceCommand } from "./agent.service";
import * as repo from "./repo";

function rotationResult(next: { thumbprint: string; rotateAfter: Date | null }, previous: string) {
  return {
    key: { kid: next.thumbprint, rotateAfter: (next.rotateAfter ?? new Date(0)).toISOString() },
    previous: { kid: previous },
    server: { keys: serverKeys().map(({ jwk }) => jwk) },
  };
}

/**
 * A new key signed by itself and by the old one; the old one works until the new one is first used. Announcing the
 * same key again gives the same answer; announcing another before that first use replaces it, for the device may have
 * lost it. @throws {AppError} key-revoked, key-in-use, device-retired
 */
export const rotateKey = deviceCommand({
  unaudited: "The same announcement again changes nothing; a rotation is audited",
  input: KeyRotation,
  output: KeyRotationResult,
  async run({ tx, device: { deviceId, thumbprint }, audit }, { jwk, reason }) {
    // Rotations of one device, and what ends its keys, wait for each other.
    if (!(await repo.lock(tx, deviceId))) throw new AppError("device-retired");
    const next = thumbprintOf(jwk);
    const [signer, taken] = [await agents.byThumbprint(tx, thumbprint), await agents.byThumbprint(tx, next)];
    if (signer?.keyStatus === "revoked" || taken?.keyStatus === "revoked") throw new AppError("key-revoked");
    if (taken && taken.deviceId !== deviceId) throw new AppError("key-in-use");
    if (taken) return rotationResult(taken, thumbprint);
    await agents.retireKey(tx, thumbprint);
    await agents.revokeActiveKeys(tx, deviceId);
    const rotateAfter = await agents.insertKey(tx, { deviceId, thumbprint: next, jwk });
    await repo.update(tx, deviceId, { publicKey: next });
    const changes = { key: [thumbprint, next] } as const;
    audit({ event: "device-key.rotated", subject: deviceId, changes, metadata: { reason } });
    return rotationResult({ thumbprint: next, rotateAfter }, thumbprint);
  },
});

/** The new key was used for the first time: the ones it replaced are over. */
export const confirmKey = command({
  permission: "device",
  unaudited: "The rotation itself was audited",
  input: z.void(),
  output: z.void(),
  async run({ tx, actor }) {
    if (actor.kind === "device") await agents.endRetiringKeys(tx, actor.deviceId, actor.thumbprint);
  },
});

/** Keeps for the audit log that a device sent the private part of the key it wanted to change to. */
export const recordExposure = command({
  permission: "device",
  input: z.object({ key: z.string() }),
  output: z.void(),
  async run({ actor, audit }, { key }) {
    if (actor.kind !== "device") return;
    audit({ event: "device-key.exposed", subject: actor.deviceId, status: "denied", metadata: { key } });
  },
});
