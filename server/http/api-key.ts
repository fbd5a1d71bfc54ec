import type { ApiKeyActor, RequestMeta } from "@/server/core/actor";
import { sameSecret, sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import { ApiKeyId, UserId } from "@/server/core/ids";
import { isPermission } from "@/server/core/permissions";
import { localLimiter } from "@/server/core/rate-limit";
import { type ApiKeyAuthority, findApiKey, noteUse } from "@/server/modules/api-keys/authority.service";
import { prefixOf } from "@/server/modules/api-keys/key";

/** Ten requests a second, from every replica. */
const perKey = localLimiter({ name: "api-key", points: 600, durationS: 60 });

/** One answer for every key that does not work: which of the reasons it is, is its owner's business. */
const refused = () =>
  new AppError("api-key-refused", "This API key is not known, has expired or was revoked, or its owner is not active.");

/** The scheme is spelled in any case (RFC 9110 §11.1). */
function presentedKey(headers: Headers): string {
  const key = /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (!key) throw new AppError("api-key-refused", "Send an API key as “Authorization: Bearer kw_live_…”.");
  return key;
}

/** The database's clock decides what has expired; a key without an end has none to be within. */
const isAlive = ({ isActive, expiresAt, dbNow, userStatus }: ApiKeyAuthority): boolean =>
  isActive && userStatus === "active" && expiresAt !== null && dbNow < expiresAt;

function actorOf({ apiKeyId, userId, name, scopes, permissions }: ApiKeyAuthority): ApiKeyActor {
  const held = new Set(permissions);
  return {
    kind: "api_key",
    apiKeyId: ApiKeyId.parse(apiKeyId),
    name,
    userId: UserId.parse(userId),
    permissions: new Set(scopes.filter(isPermission).filter((scope) => held.has(scope))),
  };
}

/**
 * Who calls, by the API key alone: cookies count for nothing here. What the key may do is worked out anew each time.
 * @throws {AppError} api-key-refused, too-many-requests, unavailable
 */
export async function authenticateApiKey(headers: Headers, { ip }: RequestMeta): Promise<ApiKeyActor> {
  const key = presentedKey(headers);
  const prefix = prefixOf(key);
  if (!prefix) throw refused();
  const found = await findApiKey(prefix);
  const isGenuine = sameSecret(found?.keyHash ?? "0".repeat(64), sha256Hex(key));
  if (!found || !isGenuine || !isAlive(found)) throw refused();
  await perKey.take(found.apiKeyId);
  noteUse(found, ip);
  return actorOf(found);
}
