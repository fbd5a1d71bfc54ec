import type { Metadata } from "next";
import { PageTrail } from "@/components/shell/trail";
import { OwnTunnelsCard } from "@/components/tunnels/own-tunnels-card";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Your devices" };

export default async function OwnDevicesPage() {
  const own = await (await api()).tunnels.mine();
  return (
    <>
      <PageTrail title="Devices" />
      <OwnTunnelsCard {...own} />
    </>
  );
}
