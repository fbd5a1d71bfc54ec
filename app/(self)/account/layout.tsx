import type { ReactNode } from "react";
import { AccountTabs } from "@/components/account/account-tabs";
import { PageHeader } from "@/components/ui/page-header";
import ConsoleLayout from "../../(console)/layout";

/** The account area: everyone's own pages, in the console's shell. It guards nothing: pages and operations do. */
export default function AccountLayout({ children }: { children: ReactNode }) {
  return (
    <ConsoleLayout>
      <div className="max-w-3xl">
        <PageHeader title="Your account" />
        <AccountTabs />
        <div className="space-y-4 pt-5">{children}</div>
      </div>
    </ConsoleLayout>
  );
}
