import type { ReactNode } from "react";
import { PageHeader } from "@/components/ui/page-header";
import { LinkTabs } from "@/components/ui/tabs";

interface PoliciesFrameProps {
  tab: "policies" | "tests";
  actions: ReactNode;
  children: ReactNode;
}

/** What the two lists share: policies, and what must hold whatever they say. */
export function PoliciesFrame({ tab, actions, children }: PoliciesFrameProps) {
  return (
    <>
      <PageHeader
        title={tab === "policies" ? "Policies" : "Policy tests"}
        description={
          tab === "policies"
            ? "Who reaches what in the network. The first policy that matches decides, 0 first; what none matches is denied."
            : "What must stay reachable or unreachable. They run at every save of a policy, and one that fails refuses it."
        }
        actions={actions}
      />
      <div className="space-y-5">
        <LinkTabs
          label="Policies and their tests"
          tabs={[
            { href: "/policies", label: "Policies", isCurrent: tab === "policies" },
            { href: "/policies/tests", label: "Tests", isCurrent: tab === "tests" },
          ]}
        />
        {children}
      </div>
    </>
  );
}
