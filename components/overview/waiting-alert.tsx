import { Alert } from "@/components/ui/alert";
import { LinkButton } from "@/components/ui/button";

/** Devices that cannot go on without a person. */
export function WaitingAlert({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Alert
      tone="warning"
      title={count === 1 ? "1 device waits for approval" : `${count.toLocaleString("en-GB")} devices wait for approval`}
      actions={
        <LinkButton size="small" href="/devices?status=pending&sort=createdAt">
          Review and approve
        </LinkButton>
      }
    >
      They get nothing until somebody approves them.
    </Alert>
  );
}
