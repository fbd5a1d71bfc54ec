import { Badge, StatusDot } from "@/components/ui/badge";
import type { Session } from "@/server/modules/sessions/schema";
import { revokeReasonText } from "./session-description";

export function SessionState({ session }: { session: Session }) {
  if (session.isCurrent) return <Badge tone="accent">This session</Badge>;
  if (session.state === "active") return <StatusDot tone="success">Active</StatusDot>;
  if (session.state === "expired") return <StatusDot>Expired</StatusDot>;
  return <StatusDot tone="warning">Revoked: {revokeReasonText(session.revokeReason)}</StatusDot>;
}
