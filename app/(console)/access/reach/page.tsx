import type { Metadata } from "next";
import { forbidden, redirect } from "next/navigation";
import { z } from "zod";
import { AccessFrame } from "@/components/reachability/access-frame";
import { ReachQuestion } from "@/components/reachability/reach-question";
import { ReachTable } from "@/components/reachability/reach-table";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListReach } from "@/server/modules/policies/access.schema";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Who can reach" };

/** What the form holds at first. */
const Prefilled = z.object({
  dst: z.string().max(100).catch(""),
  protocol: ListReach.shape.protocol.catch("any"),
  port: ListReach.shape.port.catch(undefined),
});

export default async function ReachPage({ searchParams }: PageProps<"/access/reach">) {
  // As long as nothing is asked, nothing else says who may see this.
  const user = await currentUser();
  if (!user) redirect("/sign-in?next=/access/reach");
  if (!user.permissions.has("access.read")) forbidden();
  const search = await searchParams;
  const asked = ListReach.safeParse(search);
  const page = asked.success ? await (await api()).access.reach(asked.data) : null;
  return (
    <AccessFrame tab="reach">
      <ReachQuestion asked={Prefilled.parse(search)} />
      {page && asked.success ? (
        <ReachTable page={page} asked={{ ...asked.data, direction: asked.data.direction ?? "asc" }} />
      ) : (
        <Card isFlush>
          <EmptyState
            kind="nothing-yet"
            title="Nothing asked yet"
            description="Enter an address to see which devices reach it, and which policies decide."
          />
        </Card>
      )}
    </AccessFrame>
  );
}
