import { randomBytes } from "node:crypto";
import { seal } from "@/server/core/crypto";
import type { Tx } from "@/server/core/database";
import { AppError, violatedConstraint } from "@/server/core/errors";
import { secrets } from "@/server/core/secrets";
import { presharedKeyContext } from "@/server/modules/gateways/preshared-key.service";
import * as repo from "./repo";

const refuseKey = (message: string) => new AppError("key-in-use", message, { fields: { publicKey: message } });

/** A key is one device's for ever: one that its tunnels no longer have never comes back. */
export async function requireNewKey(tx: Tx, publicKey: string): Promise<void> {
  const holder = await repo.holderOfKey(tx, publicKey);
  if (!holder) return;
  if (holder === "gateway") throw refuseKey("A gateway has this key. Generate another.");
  if (holder.state === "active") throw refuseKey(`${holder.deviceName} has this key. Generate another.`);
  throw refuseKey("This key was used before and revoked. Generate another.");
}

export function sealedPresharedKey(publicKey: string): { presharedKey: string; presharedKeyCiphertext: string } {
  const presharedKey = randomBytes(32).toString("base64");
  const context = presharedKeyContext(publicKey);
  return { presharedKey, presharedKeyCiphertext: seal(secrets().encryption, presharedKey, context) };
}

/** The key of a device's tunnels, which share one interface. @throws {AppError} conflict, invalid, key-in-use */
export async function keyFor(
  tx: Tx,
  present: readonly { publicKey: string }[],
  offered: string | undefined,
): Promise<string> {
  const [first] = present;
  if (first) {
    if (offered === undefined || offered === first.publicKey) return first.publicKey;
    throw new AppError("conflict", "A device has one key for all of its tunnels. Leave it out, or renew the key.");
  }
  if (offered === undefined) {
    const message = "The device has no tunnel yet: its public key is needed.";
    throw new AppError("invalid", message, { fields: { publicKey: message } });
  }
  await requireNewKey(tx, offered);
  return offered;
}

/** What the database refuses of two that offer one key at the same moment. */
export function explainKey(error: unknown): never {
  if (!violatedConstraint(error)?.startsWith("wireguard_peers_key_")) throw error;
  throw refuseKey("This key was used before. Generate another.");
}
