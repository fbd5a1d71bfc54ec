import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { RevokeTokenButton } from "@/components/enrolment/revoke-token-button";
import { TokenDescription } from "@/components/enrolment/token-description";
import { TokenStateDot } from "@/components/enrolment/token-state";
import { TokenUses } from "@/components/enrolment/token-uses";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import { EnrolmentTokenById } from "@/server/modules/enrolment/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Enrolment token" };

export default async function EnrolmentTokenPage({ params }: PageProps<"/enrolment/[id]">) {
  const by = EnrolmentTokenById.safeParse(await params);
  if (!by.success) notFound();
  const { enrolment } = await api();
  const [token, uses] = await Promise.all([enrolment.get(by.data), enrolment.uses(by.data)]);
  return (
    <>
      <PageTrail title={token.name} />
      <PageHeader
        title={token.name}
        status={<TokenStateDot state={token.state} />}
        actions={
          <>
            <AutoRefresh />
            <RevokeTokenButton token={token} />
          </>
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <TokenDescription token={token} />
        <TokenUses uses={uses} />
      </div>
    </>
  );
}
