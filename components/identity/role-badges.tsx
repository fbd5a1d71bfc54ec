import { Badge } from "@/components/ui/badge";

/** A person's roles; the powerful one stands out. */
export function RoleBadges({ roles }: { roles: readonly string[] }) {
  if (roles.length === 0) return <span className="text-muted">None</span>;
  return (
    <span className="inline-flex flex-wrap gap-1 max-sm:justify-end sm:in-[table]:flex-nowrap">
      {roles.map((role) => (
        <Badge key={role} tone={role === "admin" ? "accent" : "neutral"}>
          {role}
        </Badge>
      ))}
    </span>
  );
}
