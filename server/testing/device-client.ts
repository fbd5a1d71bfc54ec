import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { newNonce, type RequestSigner, signRequest } from "@/server/core/message-signature";
import { type PublicJwk, parsePublicJwk } from "@/server/core/public-jwk";
import { agentAuthority } from "@/server/http/agent-request";
import { AGENT_API } from "@/server/modules/agents/schema";
import { http } from "./http";

export interface DeviceKeys {
  privateKey: KeyObject;
  jwk: PublicJwk;
  /** RFC 7638 thumbprint. */
  kid: string;
}

/** A key pair as an agent makes one. */
export function newDeviceKeys(curve: "Ed25519" | "P-256" = "Ed25519"): DeviceKeys {
  const { privateKey, publicKey } =
    curve === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const parsed = parsePublicJwk(publicKey.export({ format: "jwk" }));
  if (!parsed.ok) throw new Error(parsed.detail);
  return { privateKey, jwk: parsed.jwk, kid: parsed.kid };
}

interface Call {
  /** An object is sent as JSON, bytes and text as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Seconds since the epoch. */
  created?: number;
  nonce?: string;
  tag?: RequestSigner["tag"];
  /** Signs beside the device's own key, as in a rotation. */
  alsoSignedBy?: DeviceKeys;
  /** What the path is below; the agents' API by default. */
  below?: string;
  /** Last chance to spoil what was signed. */
  tamper?: (request: Request) => Request;
}

const bytesOf = (body: unknown): string | Uint8Array =>
  typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);

export interface EnrolInput {
  token: string;
  hostname?: string;
  hardwareUuid?: string;
  instanceId?: string;
}

/** A device with its own key, speaking the agent protocol to the handlers. */
export class DeviceClient {
  constructor(readonly keys: DeviceKeys = newDeviceKeys()) {}

  /** A signed request; `path` is below `/api/agent/v1`, unless the call says otherwise. */
  request(method: "GET" | "POST" | "PUT" | "DELETE", path: string, call: Call = {}): Request {
    const body = call.body === undefined ? undefined : bytesOf(call.body);
    const tag = call.tag ?? "keyward-agent-v1";
    const { privateKey: key, kid } = this.keys;
    const signers: RequestSigner[] = [{ label: "sig1", key, kid, tag, nonce: call.nonce ?? newNonce() }];
    const next = call.alsoSignedBy;
    if (next) {
      signers.push({ label: "new", key: next.privateKey, kid: next.kid, tag: "keyward-rekey-v1", nonce: newNonce() });
    }
    const target = { method, authority: agentAuthority(), path: (call.below ?? AGENT_API) + path };
    const created = call.created ?? Math.floor(Date.now() / 1000);
    const signed = signRequest({ ...target, body: body ?? "", created, signers });
    return new Request(`http://${target.authority}${target.path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...signed, ...call.headers },
      body: body === undefined ? null : Buffer.from(body),
    });
  }

  send(method: "GET" | "POST" | "PUT" | "DELETE", path: string, call: Call = {}): Promise<Response> {
    const request = this.request(method, path, call);
    return http(call.tamper ? call.tamper(request) : request);
  }

  /** The signed request of an enrolment. */
  enrolment({ token, hostname = "test-machine", hardwareUuid, instanceId = "instance-1" }: EnrolInput): Request {
    const device = { hostname, instanceId, ...(hardwareUuid ? { hardwareUuid } : {}) };
    const agent = { version: "1.0.0", os: "linux", arch: "x64" };
    const body = { token, jwk: this.keys.jwk, agent, device };
    return this.request("POST", "/enrolments", { body, tag: "keyward-enrol-v1" });
  }

  enrol(input: EnrolInput): Promise<Response> {
    return http(this.enrolment(input));
  }

  checkIn(overrides: Record<string, unknown> = {}): Promise<Response> {
    const agent = { version: "1.0.0", os: "linux", arch: "x64" };
    const sent = { instanceId: "instance-1", bootId: "boot-1", agent, factsHash: {}, appliedEtag: null };
    return this.send("POST", "/checkins", { body: { ...sent, ...overrides } });
  }
}
