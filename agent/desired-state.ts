import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AgentError } from "@/agent/agent-error";
import { writeAtomically } from "@/agent/atomic-file";
import type { Device } from "@/agent/device";
import { type Answer, authorityOf, serverKeyFinder } from "@/agent/exchange";
import { desiredEtag } from "@/server/core/canonical-hash";
import { verifyResponse } from "@/server/core/response-signature";
import { DesiredState } from "@/server/modules/agents/schema";

export const cacheFile = "desired-state.json";

/** The answer as it came, with all that its signature covers: it is verified again each time it is read. */
const Cached = z.object({
  authority: z.string(),
  request: z.object({ method: z.string(), path: z.string(), signature: z.string() }),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
type Cached = z.infer<typeof Cached>;

export interface CachedState {
  readonly etag: string;
  readonly document: DesiredState;
}

/** Reads a document, if it is one this agent understands and meant for this device. */
function readDocument(body: string, deviceId: string): CachedState | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const document = DesiredState.parse(value);
    return document.deviceId === deviceId ? { document, etag: desiredEtag(value) } : undefined;
  } catch {
    return undefined;
  }
}

/** The last desired state, for as long as the server is away. Undefined if its signature is not, or no longer, good. */
export function loadDesiredState({ dir, enrolment }: Pick<Device, "dir" | "enrolment">): CachedState | undefined {
  let cached: Cached;
  try {
    cached = Cached.parse(JSON.parse(readFileSync(join(dir, cacheFile), "utf8")));
  } catch {
    return undefined;
  }
  const trust = verifyResponse({
    status: 200,
    headers: new Headers(cached.headers),
    body: Buffer.from(cached.body),
    request: { ...cached.request, authority: cached.authority },
    keyFor: serverKeyFinder(enrolment.serverKeys),
  });
  return trust.ok ? readDocument(cached.body, enrolment.deviceId) : undefined;
}

function store({ dir, enrolment }: Device, answer: Answer): void {
  const { method, path, signature } = answer.request;
  const names = ["content-digest", "signature-input", "signature"];
  const cached: Cached = {
    authority: authorityOf(new URL(enrolment.url)),
    request: { method, path, signature: signature ?? "" },
    headers: Object.fromEntries(names.map((name) => [name, answer.headers.get(name) ?? ""])),
    body: Buffer.from(answer.body).toString("utf8"),
  };
  writeAtomically(join(dir, cacheFile), JSON.stringify(cached));
}

/**
 * Brings the cache to what the check-in announced. The ETag of a 304 is not signed, but the one announced is: a 304
 * that leaves another document in place is asked again without a condition.
 */
export async function fetchDesiredState(device: Device, announced: string): Promise<CachedState> {
  const cached = loadDesiredState(device);
  if (cached?.etag === announced) return cached;
  const conditional = await device.api.call(device.signed("GET", "/desired-state", { ifNoneMatch: cached?.etag }));
  const answer =
    conditional.status === 304 ? await device.api.call(device.signed("GET", "/desired-state")) : conditional;
  const fresh = readDocument(Buffer.from(answer.body).toString("utf8"), device.enrolment.deviceId);
  if (!fresh) {
    throw new AgentError(
      "failed",
      "The desired state is not one this agent understands",
      "The last one stays in force. Install the agent the server offers.",
    );
  }
  store(device, answer);
  return fresh;
}
