"use client";

import { usePathname } from "next/navigation";
import { LinkTabs } from "@/components/ui/tabs";
import { accountPages } from "./account-pages";

/** The pages of one's own account. */
export function AccountTabs() {
  const path = usePathname();
  return (
    <LinkTabs
      label="Account"
      tabs={accountPages.map(({ title, href }) => ({ href, label: title, isCurrent: path === href }))}
    />
  );
}
