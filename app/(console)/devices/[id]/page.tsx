import type { Metadata } from "next";
import { DeviceDescription } from "@/components/devices/device-description";
import { DeviceFacts } from "@/components/devices/device-facts";
import { DeviceFrame } from "@/components/devices/device-frame";
import { DeviceKeys } from "@/components/devices/device-keys";
import { deviceOf } from "./device";

export const metadata: Metadata = { title: "Device" };

export default async function DevicePage({ params }: PageProps<"/devices/[id]">) {
  const { device, tags } = await deviceOf(params);
  return (
    <DeviceFrame device={device} tags={tags} tab="summary">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <DeviceDescription device={device} />
          <DeviceKeys keys={device.keys} />
        </div>
        <div className="min-w-0 space-y-4">
          <DeviceFacts facts={device.facts} />
        </div>
      </div>
    </DeviceFrame>
  );
}
