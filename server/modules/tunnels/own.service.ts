import { z } from "zod";
import type { DeviceStatus } from "@/db/enums";
import { type Actor, personOf } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import type { UserId } from "@/server/core/ids";
import { command, query } from "@/server/core/operation";
import { allowanceOf, requireRoom } from "@/server/modules/devices/limit.service";
import { lifetimeOf, putOff, requireTime } from "./expiry.service";
import * as own from "./own.repo";
import { profileHash, profileOf } from "./profile.service";
import { usableGateways } from "./repo";
import { AddOwnDevice, ExtendedOwn, IssuedTunnel, OwnTunnel, OwnTunnels, RotateTunnelKey, TunnelById } from "./schema";
import { begin, end, rotate } from "./service";

function person(actor: Actor): UserId {
  const id = personOf(actor);
  if (!id) throw new AppError("unauthenticated");
  return id;
}

/** One's own devices' tunnels, each with whether the profile that was handed out is still right. */
export const mine = query({
  permission: "signed-in",
  scope: "system",
  isSnapshot: true,
  input: z.void(),
  output: OwnTunnels,
  async run({ reader, actor, now }) {
    const tunnels = await own.ofUser(reader, person(actor));
    const answers: OwnTunnel[] = [];
    for (const { issuedProfileHash, deviceStatus, ...tunnel } of tunnels) {
      const current = profileHash(await profileOf(reader, tunnel, now()));
      const isOutdated = issuedProfileHash !== null && issuedProfileHash !== current;
      answers.push(OwnTunnel.parse({ ...tunnel, deviceStatus, isOutdated }));
    }
    const allowance = await allowanceOf(reader, person(actor));
    const lifetimeDays = await lifetimeOf(reader, person(actor));
    return { tunnels: answers, gateways: await usableGateways(reader), allowance, lifetimeDays };
  },
});

/**
 * A person's own device without an agent: a phone, or a laptop with a WireGuard app. It waits for approval where devices
 * do; its profile can be installed before, and works from then on.
 */
export const addDevice = command({
  permission: "signed-in",
  scope: "system",
  input: AddOwnDevice,
  output: IssuedTunnel,
  async run(context, { name, platform, gatewayId, publicKey }) {
    const { tx, actor, audit } = context;
    const userId = person(actor);
    await requireRoom(tx, userId, "you");
    const waits = z.boolean().parse(await own.setting(tx, { category: "enrolment", key: "require_approval" }));
    const status: DeviceStatus = waits ? "pending" : "active";
    const deviceId = await own.insertDevice(tx, { name, platform, status, userId });
    audit({ event: "device.enrolled", subject: deviceId, userId, changes: { status: [null, status] } });
    return begin(context, { deviceId, gatewayId, publicKey, lifetimeDays: await lifetimeOf(tx, userId) });
  },
});

async function requireOwn(tx: Tx, actor: Actor, id: string): Promise<void> {
  if ((await own.ownerOf(tx, id)) === person(actor)) return;
  throw new AppError("not-found", "You have no such tunnel.");
}

/** A new key for one's own device, and with it a new profile: the old one stops. */
export const renewKey = command({
  permission: "signed-in",
  scope: "system",
  input: RotateTunnelKey,
  output: IssuedTunnel,
  async run(context, input) {
    await requireOwn(context.tx, context.actor, input.id);
    await requireTime(context, input.id);
    return rotate(context, input);
  },
});

/** Puts the end of one's own tunnel off, after the password was given once more. */
export const extendOwn = command({
  permission: "signed-in",
  scope: "system",
  stepUp: "fresh",
  input: TunnelById,
  output: ExtendedOwn,
  async run(context, { id }) {
    await requireOwn(context.tx, context.actor, id);
    return putOff(context, { id, userId: person(context.actor) });
  },
});

/** Ends one's own tunnel. */
export const endOwn = command({
  permission: "signed-in",
  scope: "system",
  input: TunnelById,
  output: z.void(),
  async run(context, input) {
    await requireOwn(context.tx, context.actor, input.id);
    await end(context, input);
  },
});
