import { LinkButton } from "@/components/ui/button";
import { ProblemPage } from "./problem-page";

/** What is not there, or may not be known to be there. */
export function NotFoundPanel() {
  return (
    <ProblemPage
      status="404"
      title="There is nothing here"
      description="The address may be wrong, what it led to may be gone, or it may belong to someone else."
      actions={
        <LinkButton href="/" variant="primary">
          Go to the start page
        </LinkButton>
      }
    />
  );
}
