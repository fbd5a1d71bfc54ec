import type { DeviceStatus } from "@/db/enums";
import type { DeviceActor, RequestMeta } from "@/server/core/actor";
import { AppError, type ProblemCode } from "@/server/core/errors";
import { DeviceId } from "@/server/core/ids";
import type { UnverifiedRequest } from "@/server/core/message-signature";
import type { Caller } from "@/server/core/operation";
import { type PublicJwk, verifyingKey } from "@/server/core/public-jwk";
import { localLimiter } from "@/server/core/rate-limit";
import { type DeviceAuthority, findDevice } from "@/server/modules/devices/authority.service";
import * as keys from "@/server/modules/devices/keys.service";
import { type Answer, signedAnswer, signedProblem } from "./agent-answer";
import { gated } from "./agent-gate";
import { requireKeyOrExposure } from "./agent-keys";
import { type AgentEndpoint, checkAgentRequest, jsonOf, refused } from "./agent-request";
import { requestMeta } from "./request-meta";
import type { Handler } from "./routes";

/** 30 requests a minute, and as many again at once. */
const perDevice = localLimiter({ name: "agent-device", points: 90, durationS: 60 });

export interface DeviceCall {
  caller: Caller;
  /** The device as it was when its key was looked up, a moment ago. */
  device: DeviceAuthority;
  actor: DeviceActor;
  headers: Headers;
  /** The verified body, parsed; `undefined` for requests without one. */
  body(): Promise<unknown>;
}

interface DeviceEndpoint extends AgentEndpoint {
  /** The states of a device in which it may call this. */
  allows: readonly DeviceStatus[];
  answer(call: DeviceCall): Promise<Answer>;
}

const REFUSALS: Record<DeviceStatus, ProblemCode> = {
  pending: "device-pending",
  active: "forbidden",
  suspended: "device-suspended",
  quarantined: "device-quarantined",
  rejected: "key-revoked",
  revoked: "device-retired",
  retired: "device-retired",
};

function requireStatus({ status, keyStatus, isKeyOver, name }: DeviceAuthority, { allows }: DeviceEndpoint): void {
  if (status === "revoked" || status === "retired" || !allows.includes(status)) {
    throw new AppError(REFUSALS[status], `${name} is ${status}.`);
  }
  if (keyStatus === "revoked" || isKeyOver) throw new AppError("key-revoked", "This key was revoked.");
}

/** Key objects cost as much to make as a verification; a thumbprint names one key for ever. */
const KEYS_KEPT = 20_000;
const keyObjects = new Map<string, ReturnType<typeof verifyingKey>>();

function keyOf({ thumbprint, jwk }: { thumbprint: string; jwk: PublicJwk }) {
  const known = keyObjects.get(thumbprint);
  if (known) return known;
  if (keyObjects.size >= KEYS_KEPT) keyObjects.delete(keyObjects.keys().next().value ?? "");
  const key = verifyingKey(jwk);
  keyObjects.set(thumbprint, key);
  return key;
}

interface SignedCall {
  device: DeviceAuthority;
  next: ReturnType<typeof requireKeyOrExposure> | undefined;
}

/** Finds whose key it is and verifies every signature, at the same time where that is possible. */
async function verifyDevice(
  { signed, now }: { signed: UnverifiedRequest; now: number },
  nextKey: () => Promise<SignedCall["next"]>,
): Promise<SignedCall> {
  const { kid } = signed.claims.sig1;
  // A key we have seen before can be tried before we know what has become of its device.
  const known = signed.claims.new ? undefined : keyObjects.get(kid);
  const [device, early] = await Promise.all([findDevice(kid), known && signed.verifyAsync({ sig1: known })]);
  if (!device) throw new AppError("key-unknown", "No device here has this key.");
  const next = await nextKey();
  const sig1 = keyOf({ thumbprint: kid, jwk: device.jwk });
  const verified = early ?? (await signed.verifyAsync({ sig1, ...(next ? { new: next.key } : {}) }));
  if (!verified.ok) throw refused(verified, now);
  return { device, next };
}

async function authenticateDevice(request: Request, endpoint: DeviceEndpoint, meta: RequestMeta): Promise<DeviceCall> {
  const now = Math.floor(Date.now() / 1000);
  const { signed, body } = await checkAgentRequest(request, endpoint, now);
  const { kid, nonce } = signed.claims.sig1;
  const payload = () => jsonOf(body, request.headers, endpoint);
  const { device, next } = await verifyDevice({ signed, now }, async () =>
    endpoint.expect.new ? requireKeyOrExposure(await payload(), signed.claims.new?.kid) : undefined,
  );
  requireStatus(device, endpoint);
  await perDevice.take(device.deviceId);
  const actor: DeviceActor = {
    kind: "device",
    deviceId: DeviceId.parse(device.deviceId),
    deviceName: device.name,
    thumbprint: kid,
    nonce,
  };
  const caller = { actor, request: meta };
  if (device.hasRetiringKey && device.keyStatus === "active") await keys.confirmKey.execute(caller, undefined);
  if (next?.isExposed) {
    await keys.recordExposure.execute(caller, { key: next.kid });
    throw new AppError("private-key-exposed", "The body holds a private key; treat that key as lost.");
  }
  return {
    caller,
    device,
    actor,
    headers: request.headers,
    body: async () => (endpoint.maxBytes > 0 ? payload() : undefined),
  };
}

/** A signed endpoint of a device, as a Web-standard handler: authenticate, run, sign the answer. */
export function agentRoute(endpoint: DeviceEndpoint): Handler {
  return async (request) => {
    const meta = requestMeta(request.headers, "agent");
    try {
      const call = await gated(meta.ip, () => authenticateDevice(request, endpoint, meta));
      return signedAnswer(request, endpoint, await endpoint.answer(call));
    } catch (thrown) {
      return signedProblem(request, endpoint, { thrown, requestId: meta.id });
    }
  };
}
