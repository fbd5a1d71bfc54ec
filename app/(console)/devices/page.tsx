import type { Metadata } from "next";
import { DevicesTable } from "@/components/devices/devices-table";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { LinkButton } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { deviceDirection, ListDevices } from "@/server/modules/devices/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Devices" };

export default async function DevicesPage({ searchParams }: PageProps<"/devices">) {
  const filter = ListDevices.catch(ListDevices.parse({})).parse(await searchParams);
  const { devices } = await api();
  const [page, facets] = await Promise.all([devices.list(filter), devices.facets({ owner: filter.owner })]);
  return (
    <>
      <PageHeader
        title="Devices"
        description="Every machine that enrolled, by its key. Approve, hold back or cut off any of them."
        actions={
          <>
            <AutoRefresh />
            <LinkButton href="/enrolment?create=1" variant="primary">
              Enrol device
            </LinkButton>
          </>
        }
      />
      <DevicesTable page={page} filter={{ ...filter, direction: deviceDirection(filter) }} facets={facets} />
    </>
  );
}
