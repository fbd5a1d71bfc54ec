import Link from "next/link";
import { StatusDot } from "@/components/ui/badge";
import { Time } from "@/components/ui/time";
import type { DeviceAccess } from "@/server/modules/policies/access.schema";

type Routes = NonNullable<DeviceAccess["routes"]>;

function GatewayLink({ routes: { gatewayId, gatewayName } }: { routes: Routes }) {
  return (
    <Link href={`/gateways/${gatewayId}`} prefetch={false} className="underline underline-offset-2">
      {gatewayName}
    </Link>
  );
}

/** Where the device sends it. */
export function RoutesText({ routes, dst }: { routes: DeviceAccess["routes"]; dst: string }) {
  if (!routes) return "It has no tunnel, so that nothing of it arrives at a gateway.";
  const { inTunnel, inIssuedProfile, network } = routes;
  if (!inTunnel) {
    return (
      <>
        It is not told to send {dst} into its tunnel to <GatewayLink routes={routes} />: no policy allows any of it.
      </>
    );
  }
  return (
    <>
      Through the tunnel to <GatewayLink routes={routes} />
      {network ? `, which reaches it in ${network}.` : ", which names no network that holds it."}
      {inIssuedProfile === false ? " The profile it was last given does not say so yet: it needs the new one." : null}
    </>
  );
}

/** Whether the gateway acts by this answer already. */
export function EnforcementText({ routes, enforcement }: Pick<DeviceAccess, "routes" | "enforcement">) {
  if (!routes || !enforcement) return "There is no gateway to enforce it.";
  const { desiredRevision, appliedRevision, appliedAt, error, inSync } = enforcement;
  if (error) {
    return (
      <>
        <StatusDot tone="danger">Error</StatusDot> <GatewayLink routes={routes} /> could not apply what it should:{" "}
        {error}
      </>
    );
  }
  if (inSync) {
    return (
      <>
        <StatusDot tone="success">In sync</StatusDot> <GatewayLink routes={routes} /> enforces this: revision{" "}
        {appliedRevision}, since <Time value={appliedAt} />.
      </>
    );
  }
  return (
    <>
      <StatusDot tone="warning">Pending</StatusDot> <GatewayLink routes={routes} /> does not enforce this yet: it has{" "}
      {appliedRevision === null ? "applied nothing" : `revision ${appliedRevision}`}, revision {desiredRevision} is due.
    </>
  );
}
