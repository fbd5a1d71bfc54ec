import { createHash } from "node:crypto";
import type { EnrolRequest } from "@/server/modules/agents/schema";

/** Firmware that was never given an identity answers with one of these. */
const JUNK = [/^0+$/, /^f+$/i, /^03000200040005000006000700080009$/, /^12345678/, /^4c4c45440000/i];

/** A stable hint at the hardware, from what the agent says of it; `null` when that is worthless. */
export function hardwareHash({ hardwareHash: hash, hardwareUuid }: EnrolRequest["device"]): string | null {
  if (hash) return hash;
  const digits = hardwareUuid?.replaceAll("-", "").toLowerCase();
  if (!digits || JUNK.some((junk) => junk.test(digits))) return null;
  return createHash("sha256").update(`keyward-hardware|${digits}`).digest("base64url");
}
