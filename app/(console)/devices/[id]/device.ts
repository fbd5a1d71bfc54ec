import { notFound } from "next/navigation";
import { DeviceById } from "@/server/modules/devices/schema";
import { api, currentUser } from "@/server/trpc/caller";

/** The device of the address, and the tags it could be given by those who may see them. */
export async function deviceOf(params: Promise<{ id: string }>) {
  const by = DeviceById.safeParse(await params);
  if (!by.success) notFound();
  const [{ devices, tags }, user] = await Promise.all([api(), currentUser()]);
  const mayTag = user?.permissions.has("device.update") && user.permissions.has("tag.read");
  const [device, options] = await Promise.all([devices.get(by.data), mayTag ? tags.options() : null]);
  return { device, tags: options };
}
