import type { Metadata } from "next";
import { AuditTable } from "@/components/audit/audit-table";
import { PageHeader } from "@/components/ui/page-header";
import { ListAudit } from "@/server/modules/audit/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Audit log" };

export default async function AuditPage({ searchParams }: PageProps<"/audit">) {
  const filter = ListAudit.catch(ListAudit.parse({})).parse(await searchParams);
  const page = await (await api()).audit.list(filter);
  return (
    <>
      <PageHeader
        title="Audit log"
        description="Everything that changed or was refused: who, what, when and from where."
      />
      <AuditTable page={page} filter={filter} />
    </>
  );
}
