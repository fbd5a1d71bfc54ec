import type { Metadata } from "next";
import { CreateTokenButton } from "@/components/enrolment/create-token-button";
import { ServerIdentity } from "@/components/enrolment/server-identity";
import { TokensTable } from "@/components/enrolment/tokens-table";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageHeader } from "@/components/ui/page-header";
import { ListEnrolmentTokens, tokenDirection } from "@/server/modules/enrolment/schema";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Enrolment" };

export default async function EnrolmentPage({ searchParams }: PageProps<"/enrolment">) {
  const filter = ListEnrolmentTokens.catch(ListEnrolmentTokens.parse({})).parse(await searchParams);
  const [{ enrolment, tags }, user] = await Promise.all([api(), currentUser()]);
  const [page, joinInfo, options] = await Promise.all([
    enrolment.list(filter),
    enrolment.joinInfo(),
    user?.permissions.has("tag.read") ? tags.options() : [],
  ]);
  return (
    <>
      <PageHeader
        title="Enrolment"
        description="Tokens that let machines join, each for so many devices and so long."
        actions={
          <>
            <AutoRefresh />
            <CreateTokenButton tags={options} />
          </>
        }
      />
      <div className="space-y-5">
        <TokensTable page={page} filter={{ ...filter, direction: tokenDirection(filter) }} />
        <ServerIdentity joinInfo={joinInfo} />
      </div>
    </>
  );
}
