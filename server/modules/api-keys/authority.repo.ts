import { getSql } from "@/db/client";
import type { UserStatus } from "@/db/enums";
import { answered } from "@/server/core/patience";

/** A key with its owner and what the owner may do at this moment. */
export interface ApiKeyAuthority {
  apiKeyId: string;
  userId: string;
  name: string;
  keyHash: string;
  scopes: string[];
  isActive: boolean;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  userStatus: UserStatus;
  /** The owner's, of all roles. */
  permissions: string[];
  dbNow: Date;
}

/** The key of this public part; asked at every request, so that a revocation counts at once. */
export async function findApiKey(prefix: string): Promise<ApiKeyAuthority | undefined> {
  const [row] = await answered(getSql()<ApiKeyAuthority[]>`select * from authority_api_key(${prefix})`);
  return row;
}
