import { StatusDot } from "@/components/ui/badge";
import type { AuditLog } from "@/server/modules/audit/schema";
import { auditStatusLooks } from "./audit-text";

export function AuditResult({ status }: { status: AuditLog["status"] }) {
  const { label, tone } = auditStatusLooks[status];
  return <StatusDot tone={tone}>{label}</StatusDot>;
}
