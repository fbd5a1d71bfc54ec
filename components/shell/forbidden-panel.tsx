import { LinkButton } from "@/components/ui/button";
import { ProblemPage } from "./problem-page";

/** What exists, but not for this person. */
export function ForbiddenPanel() {
  return (
    <ProblemPage
      status="403"
      title="You may not see this page"
      description="It exists, but your roles do not allow it. An administrator can give you a role that does."
      actions={
        <LinkButton href="/" variant="primary">
          Go to the start page
        </LinkButton>
      }
    />
  );
}
