import type { Metadata } from "next";
import { DeviceFrame } from "@/components/devices/device-frame";
import { DevicePackages } from "@/components/devices/device-packages";
import { ListPackages } from "@/server/modules/devices/schema";
import { api } from "@/server/trpc/caller";
import { deviceOf } from "../device";

export const metadata: Metadata = { title: "Packages of a device" };

const Filter = ListPackages.omit({ id: true });

export default async function DevicePackagesPage({ params, searchParams }: PageProps<"/devices/[id]/packages">) {
  const filter = Filter.catch(Filter.parse({})).parse(await searchParams);
  const { device, tags } = await deviceOf(params);
  const page = await (await api()).devices.packages({ ...filter, id: device.id });
  return (
    <DeviceFrame device={device} tags={tags} tab="packages">
      <DevicePackages page={page} filter={filter} />
    </DeviceFrame>
  );
}
