"use client";

import type { ComponentProps } from "react";
import { FoundField } from "@/components/form/found-field";
import { trpc } from "@/components/trpc/client";

async function findDevices(q: string | undefined) {
  const { rows, total } = await trpc.devices.list.query({ q, size: 20 });
  return { rows: rows.map(({ id, name, ownerName }) => ({ id, name, detail: ownerName ?? undefined })), total };
}

/** One device, found by typing part of the name. Needs the permission `device.read`. */
export function DeviceField(props: Omit<ComponentProps<typeof FoundField>, "search" | "none">) {
  return <FoundField {...props} search={findDevices} none="No device matches" />;
}
