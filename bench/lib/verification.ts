import { createPublicKey } from "node:crypto";
import { verifyRequest } from "@/server/core/message-signature";
import { type DeviceKey, signedHeaders } from "./devices";

/** What requests of agents are held against: a signature looked at, and nothing else done. */
export const VERIFICATIONS = "RFC 9421 verifications on one core";

const MILLISECONDS = 2000;

/** How often a second one core verifies such a request, digest and all. */
export function verificationRate(
  url: string,
  device: DeviceKey,
  { path, body }: { path: string; body: string },
): number {
  const signed = signedHeaders({ url, method: "POST", path, body, tag: "keyward-agent-v1", device });
  const key = createPublicKey(device.key);
  const headers = new Headers(signed);
  const request = { method: "POST", authority: new URL(url).host, path, headers, body: Buffer.from(body) };
  const until = performance.now() + MILLISECONDS;
  let count = 0;
  while (performance.now() < until) {
    const verified = verifyRequest({
      ...request,
      now: Math.floor(Date.now() / 1000),
      expect: { sig1: "keyward-agent-v1" },
      keyFor: () => key,
    });
    if (!verified.ok) throw new Error(verified.detail);
    count += 1;
  }
  return count / (MILLISECONDS / 1000);
}
