import type { Metadata } from "next";
import { DevicesTable } from "@/components/devices/devices-table";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { LinkButton } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { type DeviceFacets, deviceDirection, ListDevices } from "@/server/modules/devices/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Devices" };

/** What the filters' buttons call the chosen tag and owner; the other choices are asked for when one looks at them. */
async function chosenOf({ tag, owner }: ListDevices): Promise<DeviceFacets> {
  if (!tag && !owner) return { tags: [], owners: [] };
  const { tags, owners } = await (await api()).devices.facets({ owner });
  return { tags: tags.filter(({ id }) => id === tag), owners: owners.filter(({ id }) => id === owner) };
}

export default async function DevicesPage({ searchParams }: PageProps<"/devices">) {
  const filter = ListDevices.catch(ListDevices.parse({})).parse(await searchParams);
  const { devices } = await api();
  const [page, chosen] = await Promise.all([devices.list(filter), chosenOf(filter)]);
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
      <DevicesTable page={page} filter={{ ...filter, direction: deviceDirection(filter) }} chosen={chosen} />
    </>
  );
}
