import { z } from "zod";
import { gathered } from "@/server/core/gathered";
import { ApiKeyId } from "@/server/core/ids";
import { command } from "@/server/core/operation";
import { systemCaller } from "@/server/core/system-caller";
import type { ApiKeyAuthority } from "./authority.repo";
import * as repo from "./repo";

// What the API asks before there is a caller: it carries no permission, because it decides who asks.
export { type ApiKeyAuthority, findApiKey } from "./authority.repo";

const NOTED_EVERY_MS = 60_000;

const recordUses = command({
  permission: "system",
  unaudited: "That a key was used is no change; what it is used for is audited by itself",
  input: z.map(ApiKeyId, z.string().nullable()),
  output: z.void(),
  run: ({ tx }, uses) => repo.touch(tx, uses),
});

const record = gathered<ApiKeyId, string | null>({
  what: "uses of API keys",
  async write(uses) {
    await recordUses.execute(systemCaller("api-keys"), new Map(uses));
  },
});

/** Notes when and from where a key was last used, at most once a minute. */
export function noteUse({ apiKeyId, lastUsedAt, dbNow }: ApiKeyAuthority, ip: string | null): void {
  if (lastUsedAt && dbNow.getTime() - lastUsedAt.getTime() < NOTED_EVERY_MS) return;
  record(ApiKeyId.parse(apiKeyId), ip);
}
