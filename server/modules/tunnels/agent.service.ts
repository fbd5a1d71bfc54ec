import { z } from "zod";
import { canonicalHash } from "@/server/core/canonical-hash";
import { open } from "@/server/core/crypto";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { query } from "@/server/core/operation";
import { secrets } from "@/server/core/secrets";
import { deviceCommand } from "@/server/modules/devices/agent.service";
import { presharedKeyContext } from "@/server/modules/gateways/preshared-key.service";
import { lifetimeOf } from "./expiry.service";
import { profileOf } from "./profile.service";
import * as repo from "./repo";
import { DeviceTunnel, OfferKey } from "./schema";
import { begin, rotate } from "./service";

const Answer = z.object({ etag: z.string(), tunnel: DeviceTunnel });

const noTunnel = () =>
  new AppError("not-found", "This device has no tunnel. Offer a key, or ask an administrator for a tunnel.");

/** The device's tunnel with its preshared key, which only the device itself is ever told again. */
async function answerFor(reader: Reader | Tx, deviceId: string, now: Date): Promise<z.infer<typeof Answer>> {
  const tunnel = await repo.ofDevice(reader, deviceId);
  const sealed = tunnel && (await repo.presharedKeyOf(reader, tunnel.id));
  if (!tunnel || !sealed) throw noTunnel();
  const { publicKey, notAfter } = tunnel;
  const presharedKey = open(secrets().encryption, sealed, presharedKeyContext(publicKey)).toString("utf8");
  const profile = await profileOf(reader, tunnel, now);
  const said = { publicKey, presharedKey, notAfter: notAfter?.toISOString() ?? null, profile };
  return { etag: canonicalHash(said), tunnel: said };
}

export const own = query({
  permission: "device",
  isSnapshot: true,
  input: z.void(),
  output: Answer,
  async run({ reader, actor, now }) {
    if (actor.kind !== "device") throw new AppError("unauthenticated");
    return answerFor(reader, actor.deviceId, now());
  },
});

/** Whether it is worth waiting for the gateway to let the device's tunnel in. */
export const isAwaited = query({
  permission: "device",
  input: z.void(),
  output: z.boolean(),
  run: async ({ reader, actor }) => actor.kind === "device" && repo.isGatewayBehind(reader, actor.deviceId),
});

/**
 * The device offers a public key. Its first begins the tunnel, to the gateway with the most room; another replaces the
 * one it has; the same again is answered again. Whose tunnel was ended gets none by asking.
 */
export const offerKey = deviceCommand({
  unaudited: "The same key again changes nothing; the rest is audited",
  input: OfferKey,
  output: Answer,
  async run(context, { publicKey }) {
    const { tx, device, now } = context;
    const { deviceId } = device;
    const owned = await repo.lockDevice(tx, deviceId);
    const present = await repo.ofDevice(tx, deviceId);
    if (!present) {
      if (await repo.wasEnded(tx, deviceId)) {
        throw new AppError("conflict", "This device's tunnel was ended. An administrator can give it another.");
      }
      const gatewayId = await repo.roomiestGateway(tx);
      if (!gatewayId) throw new AppError("not-found", "There is no gateway yet.");
      await begin(context, {
        deviceId,
        gatewayId,
        publicKey,
        lifetimeDays: await lifetimeOf(tx, owned?.userId ?? null),
      });
    } else if (present.publicKey !== publicKey) {
      await rotate(context, { id: present.id, publicKey });
    }
    return answerFor(tx, deviceId, now());
  },
});
