import type { Metadata } from "next";
import { SessionsTable } from "@/components/sessions/sessions-table";
import { PageHeader } from "@/components/ui/page-header";
import { ListSessions } from "@/server/modules/sessions/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Sessions" };

export default async function SessionsPage({ searchParams }: PageProps<"/sessions">) {
  const filter = ListSessions.catch(ListSessions.parse({})).parse(await searchParams);
  const page = await (await api()).sessions.list(filter);
  return (
    <>
      <PageHeader
        title="Sessions"
        description="Where people are signed in. A session you end is over at its next request."
      />
      <SessionsTable page={page} filter={filter} />
    </>
  );
}
