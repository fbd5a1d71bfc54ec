import { z } from "zod";
import { canonicalHash } from "@/server/core/canonical-hash";
import { open } from "@/server/core/crypto";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { query } from "@/server/core/operation";
import { secrets } from "@/server/core/secrets";
import { deviceCommand } from "@/server/modules/devices/agent.service";
import { hasExpired } from "@/server/modules/devices/schema";
import { presharedKeyContext } from "@/server/modules/gateways/preshared-key.service";
import { allowedOf } from "@/server/modules/policies/compilation.service";
import { lifetimeOf } from "./expiry.service";
import * as gateways from "./gateways.repo";
import { profileOf, withKeys } from "./profile.service";
import * as repo from "./repo";
import { DeviceTunnel, OfferKey, type Tunnel } from "./schema";
import { begin, complete, rotate } from "./service";
import { missingGateways } from "./wanted.service";

const Answer = z.object({ etag: z.string(), tunnel: DeviceTunnel });

const noTunnel = () =>
  new AppError("not-found", "This device has no tunnel. Offer a key, or ask an administrator for a tunnel.");

const expired = () =>
  new AppError(
    "device-expired",
    "This device's time on the private network is over. An administrator can put that off.",
  );

/** The device's tunnels with their preshared keys, which only the device itself is ever told again. */
async function answerFor(reader: Reader | Tx, deviceId: string, now: Date): Promise<z.infer<typeof Answer>> {
  const tunnels = await repo.allOfDevice(reader, deviceId);
  const [primary] = tunnels;
  if (!primary) throw noTunnel();
  const { publicKey, deviceExpiresAt } = primary;
  if (hasExpired({ expiresAt: deviceExpiresAt }, now)) throw expired();
  const allowed = await allowedOf(reader, deviceId, now);
  const profile = await profileOf(reader, { deviceId, allowed }, now);
  const opened = new Map<string, string>();
  for (const { gatewayKey, sealed } of await gateways.presharedKeys(reader, deviceId)) {
    opened.set(gatewayKey, open(secrets().encryption, sealed, presharedKeyContext(publicKey)).toString("utf8"));
  }
  const presharedKey = opened.get(profile.gateway.publicKey);
  if (!presharedKey) throw noTunnel();
  const said = {
    publicKey,
    presharedKey,
    notAfter: lastEnd(tunnels)?.toISOString() ?? null,
    ...((await missingGateways(reader, { deviceId, allowed }, now)).length > 0 && { isIncomplete: true }),
    profile: withKeys(profile, opened),
  };
  return { etag: canonicalHash(said), tunnel: said };
}

/** When none is left, each ending with its device at the latest; null where one of them has no end. */
function lastEnd(tunnels: readonly Pick<Tunnel, "notAfter" | "deviceExpiresAt">[]): Date | null {
  const at = (end: Date | null) => end?.getTime() ?? Number.POSITIVE_INFINITY;
  const ends = tunnels.map(({ notAfter, deviceExpiresAt }) => Math.min(at(notAfter), at(deviceExpiresAt)));
  const last = Math.max(...ends);
  return Number.isFinite(last) ? new Date(last) : null;
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
 * The device offers a public key. Its first begins its tunnels, to the gateways behind which policies open something to
 * it, or to the one with the most room; another replaces the one it has; the same again begins what is missing. Whose
 * tunnel was ended gets none by asking.
 */
export const offerKey = deviceCommand({
  unaudited: "The same key again changes nothing; the rest is audited",
  input: OfferKey,
  output: Answer,
  async run(context, { publicKey }) {
    const { tx, device, now } = context;
    const { deviceId } = device;
    const owned = await repo.lockDevice(tx, deviceId);
    if (owned && hasExpired(owned, now())) throw expired();
    const [present] = await repo.allOfDevice(tx, deviceId);
    if (!present) {
      if (await repo.wasEnded(tx, deviceId)) {
        throw new AppError("conflict", "This device's tunnel was ended. An administrator can give it another.");
      }
      const [wanted] = await missingGateways(tx, { deviceId }, now());
      const gatewayId = wanted ?? (await repo.roomiestGateway(tx));
      if (!gatewayId) throw new AppError("not-found", "There is no gateway yet.");
      const lifetimeDays = await lifetimeOf(tx, owned?.userId ?? null);
      await begin(context, { deviceId, gatewayId, publicKey, lifetimeDays });
    } else if (present.publicKey !== publicKey) await rotate(context, { id: present.id, publicKey });
    else await complete(context, deviceId);
    return answerFor(tx, deviceId, now());
  },
});
