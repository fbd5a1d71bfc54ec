import type { ReactNode } from "react";
import { PageHeader } from "@/components/ui/page-header";
import { LinkTabs } from "@/components/ui/tabs";

type Tab = "explain" | "reach" | "graph";

const looks: Readonly<Record<Tab, { title: string; description: string }>> = {
  explain: { title: "Access", description: "Whether a device or a user can reach an address, and why." },
  reach: { title: "Who can reach", description: "Every device with what comes of its traffic to one address." },
  graph: { title: "Reachability", description: "The policies in force, from whom they are for to what they lead to." },
};

interface AccessFrameProps {
  tab: Tab;
  children: ReactNode;
}

/** What the three questions about access share. */
export function AccessFrame({ tab, children }: AccessFrameProps) {
  return (
    <>
      <PageHeader {...looks[tab]} />
      <div className="space-y-5">
        <LinkTabs
          label="Questions about access"
          tabs={[
            { href: "/access", label: "Can it reach", isCurrent: tab === "explain" },
            { href: "/access/reach", label: "Who can reach", isCurrent: tab === "reach" },
            { href: "/access/graph", label: "Graph", isCurrent: tab === "graph" },
          ]}
        />
        {children}
      </div>
    </>
  );
}
