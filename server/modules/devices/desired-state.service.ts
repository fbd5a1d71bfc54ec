import { createHash } from "node:crypto";
import { canonicalJson } from "@/server/core/canonical-hash";
import type { Reader, Tx } from "@/server/core/database";
import { type DesiredState, DOCUMENT_SCHEMA } from "@/server/modules/agents/schema";
import * as repo from "./agent.repo";
import { agentSettings } from "./agent-settings";

export const sha256Base64url = (text: string): string => createHash("sha256").update(text).digest("base64url");

export const etagOf = (document: DesiredState): string => `ds1-${sha256Base64url(canonicalJson(document))}`;

/** What a device that must not be configured gets: nothing to do, and how often to ask. */
export function emptyDocument(deviceId: string): DesiredState {
  const settings = agentSettings();
  return { schema: DOCUMENT_SCHEMA, deviceId, tags: [], settings, items: [], tombstones: [], wireguard: null };
}

async function compile(tx: Tx, deviceId: string): Promise<DesiredState> {
  return { ...emptyDocument(deviceId), tags: await repo.tagNames(tx, deviceId) };
}

/**
 * Compiles and stores the device's document when something it depends on changed. Its row is held meanwhile: a change
 * that came between reading and storing would otherwise be lost. @returns its ETag
 */
export async function ensureCompiled(tx: Tx, device: { id: string; desiredHash: string | null }): Promise<string> {
  const etagNow = device.desiredHash ?? (await repo.lockDesired(tx, device.id));
  if (etagNow) return etagNow;
  const body = await compile(tx, device.id);
  const etag = etagOf(body);
  await repo.putDocument(tx, device.id, { etag, body });
  return etag;
}

/** The stored document of an ETag. */
export async function stored(reader: Reader | Tx, etag: string): Promise<unknown> {
  return repo.document(reader, etag);
}
