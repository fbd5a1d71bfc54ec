import type { Metadata } from "next";
import { OwnSessionsCard } from "@/components/sessions/own-sessions-card";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Your sessions" };

export default async function OwnSessionsPage() {
  const { rows } = await (await api()).sessions.listOwn({ size: 100 });
  return <OwnSessionsCard sessions={rows} />;
}
