import type { Metadata } from "next";
import { AddressesFrame } from "@/components/addresses/addresses-frame";
import { AllocationsTable } from "@/components/addresses/allocations-table";
import { HolderQuestion } from "@/components/addresses/holder-question";
import { allocationDirection, ListAllocations, ListPools } from "@/server/modules/addresses/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Allocations" };

export default async function AllocationsPage({ searchParams }: PageProps<"/addresses/allocations">) {
  const filter = ListAllocations.catch(ListAllocations.parse({})).parse(await searchParams);
  const { addresses } = await api();
  const [page, pools] = await Promise.all([addresses.list(filter), addresses.pools(ListPools.parse({ size: 100 }))]);
  return (
    <AddressesFrame tab="allocations">
      <HolderQuestion />
      <AllocationsTable page={page} filter={{ ...filter, direction: allocationDirection(filter) }} pools={pools.rows} />
    </AddressesFrame>
  );
}
