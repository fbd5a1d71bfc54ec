import type { Metadata } from "next";
import { DeviceActivity } from "@/components/devices/device-activity";
import { DeviceFrame } from "@/components/devices/device-frame";
import { DeviceActivity as ListActivity } from "@/server/modules/audit/schema";
import { api } from "@/server/trpc/caller";
import { deviceOf } from "../device";

export const metadata: Metadata = { title: "Activity of a device" };

const Filter = ListActivity.pick({ cursor: true });

export default async function DeviceActivityPage({ params, searchParams }: PageProps<"/devices/[id]/activity">) {
  const { cursor } = Filter.catch({}).parse(await searchParams);
  const { device, tags } = await deviceOf(params);
  const page = await (await api()).audit.deviceActivity({ deviceId: device.id, cursor });
  return (
    <DeviceFrame device={device} tags={tags} tab="activity">
      <DeviceActivity page={page} href={`/devices/${device.id}/activity`} />
    </DeviceFrame>
  );
}
