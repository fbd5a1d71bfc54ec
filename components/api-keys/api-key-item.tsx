import { KeyRound } from "lucide-react";
import type { ReactNode } from "react";
import { Time } from "@/components/ui/time";
import type { ApiKey } from "@/server/modules/api-keys/schema";
import { KeyPrefix, KeyScopes, KeyStateDot } from "./key-state";

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
export function ApiKeyItem({ apiKey, actions }: { apiKey: ApiKey; actions: ReactNode }) {
  const { name, keyPrefix, scopes, state, createdAt, expiresAt } = apiKey;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3">
      <KeyRound aria-hidden className="mt-0.5 size-5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="min-w-0 break-words">{name}</span>
          <KeyStateDot apiKey={apiKey} />
        </p>
        <p className="mb-1 text-muted">
          <KeyPrefix>{keyPrefix}</KeyPrefix> · created <Time value={createdAt} /> · <LastUse apiKey={apiKey} />
          {expiresAt ? (
            <>
              {" "}
              · {state === "expired" ? "expired" : "expires"} <Time value={expiresAt} />
            </>
          ) : null}
        </p>
        <KeyScopes scopes={scopes} />
      </div>
      <div className="ms-auto flex flex-wrap gap-2">{actions}</div>
    </li>
  );
}
