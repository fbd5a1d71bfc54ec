import type { GatewayId } from "@/server/core/ids";
import type { CommandContext } from "@/server/core/operation";
import * as repo from "./repo";
import { issue } from "./service";

interface Invitation {
  gateway: { id: GatewayId; name: string };
  lifetimeH: number;
}

/** A token for one machine, which becomes the gateway; approving it is what making the token was. */
export async function createToken(context: CommandContext, { gateway, lifetimeH }: Invitation) {
  return issue(context, {
    name: `Gateway ${gateway.name}`.slice(0, 100),
    kind: "gateway",
    gatewayId: gateway.id,
    lifetimeH,
    usageLimit: 1,
    requireApproval: false,
    tagIds: [],
    ownerUserId: null,
    allowedCidrs: [],
    onHardwareMatch: "create",
    ephemeralTtlS: null,
  });
}

/** Takes back a gateway's tokens that could still be used. @returns how many there were */
export async function revokeTokensOf({ tx, audit }: Pick<CommandContext, "tx" | "audit">, gatewayId: GatewayId) {
  const ids = await repo.revokeOf(tx, gatewayId);
  for (const id of ids) audit({ event: "enrolment-token.revoked", subject: id, metadata: { gatewayId } });
  return ids.length;
}
