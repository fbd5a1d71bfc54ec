import { KeyRound } from "lucide-react";
import type { ReactNode } from "react";
import { StatusDot, type Tone } from "@/components/ui/badge";
import { counted } from "@/components/ui/counted";
import { Time } from "@/components/ui/time";
import { type Permission, permissions } from "@/server/core/permissions";
import type { ApiKey } from "@/server/modules/api-keys/schema";

const stateLooks: Readonly<Record<ApiKey["state"], { label: string; tone: Tone }>> = {
  active: { label: "Active", tone: "success" },
  expired: { label: "Expired", tone: "neutral" },
  revoked: { label: "Revoked", tone: "danger" },
};

/** A scope as a sentence; what this version does not know keeps its code. */
const scopeText = (scope: string): string => permissions[scope as Permission] ?? scope;

function LastUse({ apiKey: { lastUsedAt, lastUsedIp } }: { apiKey: ApiKey }) {
  if (!lastUsedAt) return "never used";
  return (
    <>
      last used <Time value={lastUsedAt} />
      {lastUsedIp ? ` from ${lastUsedIp}` : null}
    </>
  );
}

/** One API key in a list: what it is called, what it may do, and until when. */
export function ApiKeyItem({ apiKey, action }: { apiKey: ApiKey; action: ReactNode }) {
  const { name, keyPrefix, scopes, state, createdAt, expiresAt } = apiKey;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3">
      <KeyRound aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="min-w-0 break-words">{name}</span>
          <StatusDot tone={stateLooks[state].tone}>{stateLooks[state].label}</StatusDot>
        </p>
        <p className="text-muted">
          <code className="font-mono text-xs">kw_live_{keyPrefix}_…</code> · created <Time value={createdAt} /> ·{" "}
          <LastUse apiKey={apiKey} />
          {expiresAt ? (
            <>
              {" "}
              · {state === "expired" ? "expired" : "expires"} <Time value={expiresAt} />
            </>
          ) : null}
        </p>
        <details className="mt-1">
          <summary className="rounded text-muted">{counted(scopes.length, "scope")}</summary>
          <ul className="mt-1 list-disc ps-5">
            {scopes.map((scope) => (
              <li key={scope}>{scopeText(scope)}</li>
            ))}
          </ul>
        </details>
      </div>
      <div className="ms-auto">{action}</div>
    </li>
  );
}
