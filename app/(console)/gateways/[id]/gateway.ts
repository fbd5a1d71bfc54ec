import { notFound } from "next/navigation";
import { GatewayById } from "@/server/modules/gateways/schema";
import { api } from "@/server/trpc/caller";

/** The gateway of the address. */
export async function gatewayOf(params: Promise<{ id: string }>) {
  const by = GatewayById.safeParse(await params);
  if (!by.success) notFound();
  return (await api()).gateways.get(by.data);
}
