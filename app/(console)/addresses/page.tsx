import type { Metadata } from "next";
import { AddressesFrame } from "@/components/addresses/addresses-frame";
import { PoolsTable } from "@/components/addresses/pools-table";
import { ListPools } from "@/server/modules/addresses/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Addresses" };

export default async function AddressesPage({ searchParams }: PageProps<"/addresses">) {
  const filter = ListPools.catch(ListPools.parse({})).parse(await searchParams);
  const page = await (await api()).addresses.pools(filter);
  return (
    <AddressesFrame tab="pools">
      <PoolsTable page={page} filter={{ ...filter, direction: filter.direction ?? "asc" }} />
    </AddressesFrame>
  );
}
