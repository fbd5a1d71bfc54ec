import type { ReactNode } from "react";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageHeader } from "@/components/ui/page-header";
import { LinkTabs } from "@/components/ui/tabs";

interface AddressesFrameProps {
  tab: "pools" | "allocations";
  children: ReactNode;
}

/** What the pages about addresses share. */
export function AddressesFrame({ tab, children }: AddressesFrameProps) {
  return (
    <>
      <PageHeader
        title="Addresses"
        description="What devices are called inside the tunnels, and who was called so when."
        actions={<AutoRefresh />}
      />
      <div className="space-y-5">
        <LinkTabs
          label="Pages about addresses"
          tabs={[
            { label: "Pools", href: "/addresses", isCurrent: tab === "pools" },
            { label: "Allocations", href: "/addresses/allocations", isCurrent: tab === "allocations" },
          ]}
        />
        {children}
      </div>
    </>
  );
}
