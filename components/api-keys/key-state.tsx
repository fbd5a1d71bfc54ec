import { StatusDot, type Tone } from "@/components/ui/badge";
import { counted } from "@/components/ui/counted";
import { type Permission, permissions } from "@/server/core/permissions";
import type { ApiKey } from "@/server/modules/api-keys/schema";

export const keyStateLooks: Readonly<Record<ApiKey["state"], { label: string; tone: Tone }>> = {
  active: { label: "Active", tone: "success" },
  expired: { label: "Expired", tone: "neutral" },
  revoked: { label: "Revoked", tone: "danger" },
};

/** Whether a key works, and whether it is on its way out. */
export function KeyStateDot({ apiKey: { state, isRotated } }: { apiKey: Pick<ApiKey, "state" | "isRotated"> }) {
  const { label, tone } = keyStateLooks[state];
  if (isRotated && state === "active") return <StatusDot tone="warning">Being replaced</StatusDot>;
  return <StatusDot tone={tone}>{label}</StatusDot>;
}

/** The part of a key that is no secret. */
export function KeyPrefix({ children }: { children: string }) {
  return <code className="font-mono text-xs">kw_live_{children}_…</code>;
}

/** A scope as a sentence; what this version does not know keeps its code. */
const scopeText = (scope: string): string => permissions[scope as Permission] ?? scope;

/** How many scopes, and at a click which. */
export function KeyScopes({ scopes }: { scopes: readonly string[] }) {
  return (
    <details>
      <summary className="rounded text-muted">{counted(scopes.length, "scope")}</summary>
      <ul className="mt-1 list-disc ps-5">
        {scopes.map((scope) => (
          <li key={scope}>{scopeText(scope)}</li>
        ))}
      </ul>
    </details>
  );
}
