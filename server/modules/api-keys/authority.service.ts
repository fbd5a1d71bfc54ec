import { z } from "zod";
import { ApiKeyId } from "@/server/core/ids";
import { log } from "@/server/core/log";
import { command } from "@/server/core/operation";
import type { ApiKeyAuthority } from "./authority.repo";
import * as repo from "./repo";

// What the API asks before there is a caller: it carries no permission, because it decides who asks.
export { type ApiKeyAuthority, findApiKey } from "./authority.repo";

const NOTED_EVERY_MS = 60_000;
const FLUSHED_AFTER_MS = 1000;

const recordUses = command({
  permission: "system",
  unaudited: "That a key was used is no change; what it is used for is audited by itself",
  input: z.map(ApiKeyId, z.string().nullable()),
  output: z.void(),
  run: ({ tx }, uses) => repo.touch(tx, uses),
});

const unrecorded = new Map<ApiKeyId, string | null>();

async function flush(): Promise<void> {
  const uses = new Map(unrecorded);
  unrecorded.clear();
  const request = { id: crypto.randomUUID(), ip: null, userAgent: null, source: "system" } as const;
  await recordUses.execute({ actor: { kind: "system", name: "api-keys" }, request }, uses);
}

/** Notes when and from where a key was last used, at most once a minute; written in batches, off the request's path. */
export function noteUse({ apiKeyId, lastUsedAt, dbNow }: ApiKeyAuthority, ip: string | null): void {
  if (lastUsedAt && dbNow.getTime() - lastUsedAt.getTime() < NOTED_EVERY_MS) return;
  const isScheduled = unrecorded.size > 0;
  unrecorded.set(ApiKeyId.parse(apiKeyId), ip);
  if (isScheduled) return;
  const write = () =>
    flush().catch((error: unknown) => log.warn({ err: error }, "Uses of API keys could not be noted"));
  setTimeout(write, FLUSHED_AFTER_MS).unref();
}
