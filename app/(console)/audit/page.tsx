import type { Metadata } from "next";
import { AuditTable } from "@/components/audit/audit-table";
import { PageHeader } from "@/components/ui/page-header";
import { ListAudit } from "@/server/modules/audit/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Audit log" };

const EVERYTHING = "Everything that changed or was refused: who, what, when and from where.";

/** A list that came from another page says that it is not the whole log. */
function descriptionOf({ userId, entityId }: ListAudit): string {
  if (userId) return "What one user did and what happened to them. Reset shows everything.";
  return entityId ? "What happened to one thing. Reset shows everything." : EVERYTHING;
}

export default async function AuditPage({ searchParams }: PageProps<"/audit">) {
  const filter = ListAudit.catch(ListAudit.parse({})).parse(await searchParams);
  const page = await (await api()).audit.list(filter);
  return (
    <>
      <PageHeader title="Audit log" description={descriptionOf(filter)} />
      <AuditTable page={page} filter={filter} />
    </>
  );
}
