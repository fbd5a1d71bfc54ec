import type { Metadata } from "next";
import { z } from "zod";
import { DeviceFrame } from "@/components/devices/device-frame";
import { AskAccessLink } from "@/components/reachability/ask-access-link";
import { DeviceTunnel } from "@/components/tunnels/device-tunnel";
import { EarlierTunnels } from "@/components/tunnels/earlier-tunnels";
import { TrafficChart } from "@/components/tunnels/traffic-chart";
import { tunnelDevice } from "@/components/tunnels/tunnel-device";
import { UnreachedAlert } from "@/components/tunnels/unreached-alert";
import { EmptyState } from "@/components/ui/empty-state";
import type { DeviceId } from "@/server/core/ids";
import { TrafficResolution } from "@/server/modules/tunnels/schema";
import { api, currentUser } from "@/server/trpc/caller";
import { deviceOf } from "../device";

export const metadata: Metadata = { title: "Network of a device" };

const Shown = z.object({ resolution: TrafficResolution.default("minute") });

/** The tunnels in use, those before them, and what went through all of them. */
async function networkOf(device: DeviceId, resolution: TrafficResolution) {
  const [{ tunnels }, user] = await Promise.all([api(), currentUser()]);
  if (!user?.permissions.has("tunnel.read")) return null;
  const [inUse, { rows, nextCursor }, gateways] = await Promise.all([
    tunnels.ofDevice({ deviceId: device }),
    tunnels.list({ device, size: 11 }),
    user.permissions.has("tunnel.create") ? tunnels.gateways() : null,
  ]);
  const traffic = await Promise.all(inUse.tunnels.map(({ id }) => tunnels.traffic({ id, resolution })));
  const earlier = rows.filter(({ state }) => state !== "active");
  return { ...inUse, gateways, traffic: traffic.flat(), earlier, isCut: nextCursor !== null };
}

export default async function DeviceNetworkPage({ params, searchParams }: PageProps<"/devices/[id]/network">) {
  const { resolution } = Shown.catch(Shown.parse({})).parse(await searchParams);
  const { device, tags } = await deviceOf(params);
  const network = await networkOf(device.id, resolution);
  return (
    <DeviceFrame device={device} tags={tags} tab="network">
      {network ? (
        <div className="space-y-4">
          <DeviceTunnel
            device={tunnelDevice(device)}
            tunnels={network.tunnels}
            wasEnded={network.earlier[0]?.state === "revoked"}
            gateways={network.gateways}
          />
          {network.unreached.length > 0 ? <UnreachedAlert networks={network.unreached} /> : null}
          {network.tunnels.length > 0 ? (
            <TrafficChart
              traffic={network.traffic}
              resolution={resolution}
              now={new Date()}
              href={`/devices/${device.id}/network`}
            />
          ) : null}
          <AskAccessLink question={{ device: device.id }} label="What can it reach?" />
          {network.earlier.length > 0 ? <EarlierTunnels tunnels={network.earlier} isCut={network.isCut} /> : null}
        </div>
      ) : (
        <EmptyState kind="not-permitted" title="Your roles do not let you see tunnels" />
      )}
    </DeviceFrame>
  );
}
