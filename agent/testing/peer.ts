import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { GatewayPeer } from "@/agent/testing/gateway-peer";
import { desiredEtag } from "@/server/core/canonical-hash";
import { MAX_FUTURE_S, MAX_PAST_S, type SignatureTag, verifyRequest } from "@/server/core/message-signature";
import { type PublicJwk, parsePublicJwk, thumbprint } from "@/server/core/public-jwk";
import { signResponse } from "@/server/core/response-signature";
import { FactSection, factsBySection } from "@/server/modules/agents/facts.schema";
import {
  AGENT_API,
  type AgentDeviceStatus,
  CheckIn,
  type CheckInResult,
  type DesiredState,
  EnrolRequest,
  type EnrolResult,
  KeyRotation,
  type KeyRotationResult,
  Report,
  type ServerInfo,
} from "@/server/modules/agents/schema";
import { GATEWAY_API } from "@/server/modules/gateways/state.schema";

/** An answer before it is signed; `isUnsigned` and `loseIt` are what a proxy or a broken line would make of it. */
export interface PeerAnswer {
  status: number;
  body?: unknown;
  /** Instead of a body: what is sent as it is. */
  bytes?: Buffer;
  headers?: Record<string, string>;
  isUnsigned?: boolean;
  loseIt?: boolean;
}

export interface PeerRequest {
  readonly route: string;
  readonly body: unknown;
  readonly headers: Headers;
  readonly kid: string | undefined;
}

export const problem = (code: string, status: number, rest: object = {}): PeerAnswer => ({
  status,
  body: { type: `/problems/${code}`, status, title: code, ...rest },
});

interface ServerKeyPair {
  readonly jwk: PublicJwk;
  readonly kid: string;
  readonly key: KeyObject;
}

export function createServerKey(): ServerKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const parsed = parsePublicJwk(publicKey.export({ format: "jwk" }));
  if (!parsed.ok) throw new Error(parsed.detail);
  return { jwk: parsed.jwk, kid: parsed.kid, key: privateKey };
}

/** The other end of the protocol, on loopback and in memory: strict as the real one about form, simple about policy. */
export class Peer {
  readonly requests: PeerRequest[] = [];
  readonly reports = new Map<string, unknown>();
  readonly facts = new Map<string, unknown>();
  readonly gateway = new GatewayPeer();
  readonly deviceId = randomUUID();
  status: AgentDeviceStatus = "active";
  token = "9f86d081884c7d65";
  tokenUses = 0;
  offsetS = 0;
  tags = ["laptops"];
  items: DesiredState["items"] = [];
  directives: CheckInResult["directives"] = [];
  rotateAfter = "2099-01-01T00:00:00.000Z";
  serverKeys = [createServerKey()];
  /** Overrides by route: consulted before (`instead`) or after (`after`) the work is done. */
  instead: ((request: PeerRequest) => PeerAnswer | undefined) | undefined;
  after: ((request: PeerRequest, answer: PeerAnswer) => PeerAnswer | undefined) | undefined;
  readonly deviceKeys = new Map<string, { jwk: PublicJwk; key: KeyObject }>();
  private readonly http = createServer((request, response) => void this.serve(request, response));
  private port = 0;

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.http.listen(port, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = this.http.address();
    this.port = typeof address === "object" && address ? address.port : 0;
  }

  async close(): Promise<void> {
    this.gateway.dispose();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get nowS(): number {
    return Math.floor(Date.now() / 1000) + this.offsetS;
  }

  get document(): DesiredState {
    const settings = { intervalS: 60, jitterPct: 10, factsIntervalS: 3600 };
    return {
      schema: 1,
      deviceId: this.deviceId,
      tags: this.tags,
      settings,
      items: this.items,
      tombstones: [],
      wireguard: null,
    };
  }

  routes(): string[] {
    return this.requests.map((request) => request.route);
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const raw = await buffer(incoming);
    const headers = new Headers(
      Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const method = incoming.method ?? "";
    const path = incoming.url ?? "";
    const answer = await this.answer({ method, path, headers, raw });
    if (answer.loseIt) return void incoming.socket.destroy();
    const body = answer.bytes ?? Buffer.from(answer.body === undefined ? "" : JSON.stringify(answer.body));
    const [signingKey] = this.serverKeys;
    if (!signingKey) throw new Error("a peer needs a key");
    const request = { method, authority: `127.0.0.1:${this.port}`, path, signature: headers.get("signature") };
    const { key, kid } = signingKey;
    const signed = signResponse({ status: answer.status, body, request, key, kid, created: this.nowS });
    outgoing.writeHead(answer.status, {
      "content-type": answer.status < 400 ? "application/json" : "application/problem+json",
      ...(answer.isUnsigned ? {} : signed),
      ...answer.headers,
    });
    outgoing.end(body);
  }

  private async answer(input: { method: string; path: string; headers: Headers; raw: Buffer }): Promise<PeerAnswer> {
    const { method, path, headers, raw } = input;
    const isGateway = path.startsWith(`${GATEWAY_API}/`);
    const route = `${method} ${path.slice((isGateway ? GATEWAY_API : AGENT_API).length)}`;
    const bytes = headers.get("content-encoding") === "gzip" ? gunzipSync(raw) : raw;
    const body: unknown = bytes.length > 0 ? JSON.parse(bytes.toString("utf8")) : undefined;
    const authority = `127.0.0.1:${this.port}`;
    let kid: string | undefined;
    if (route !== "GET /server") {
      const tag: SignatureTag = route === "POST /enrolments" ? "keyward-enrol-v1" : "keyward-agent-v1";
      const isRotation = route === "POST /keys";
      const verified = verifyRequest({
        method,
        path,
        authority,
        headers,
        body: raw,
        now: this.nowS,
        expect: isRotation ? { sig1: tag, new: "keyward-rekey-v1" } : { sig1: tag },
        keyFor: (id, label) => {
          if (label === "new" || route === "POST /enrolments") return keyInBody(body, id);
          return this.deviceKeys.get(id)?.key;
        },
      });
      if (!verified.ok) {
        const skew = { serverTime: this.nowS, maxPastS: MAX_PAST_S, maxFutureS: MAX_FUTURE_S };
        return problem(verified.code, 401, verified.code === "clock-skew" ? skew : {});
      }
      kid = verified.signatures.sig1.kid;
    }
    const request = { route, body, headers, kid };
    this.requests.push(request);
    const instead = this.instead?.(request);
    if (instead) return instead;
    if (isGateway && this.status === "retired") return problem("device-retired", 410);
    const answer = isGateway ? await this.gateway.answer(request) : this.handle(request);
    return this.after?.(request, answer) ?? answer;
  }

  private handle(request: PeerRequest): PeerAnswer {
    const { route, body, headers } = request;
    switch (route) {
      case "GET /server": {
        const info: ServerInfo = {
          serverTime: this.nowS,
          apiVersions: ["v1"],
          minAgentVersion: "0.1.0",
          server: { keys: this.serverKeys.map(({ jwk }) => jwk) },
        };
        return { status: 200, body: info };
      }
      case "POST /enrolments":
        return this.enrol(EnrolRequest.parse(body));
      case "GET /self":
        return { status: 200, body: this.self(request.kid ?? "") };
      case "DELETE /self":
        this.deviceKeys.clear();
        return { status: 204 };
      case "POST /checkins":
        return this.checkIn(CheckIn.parse(body));
      case "GET /desired-state": {
        const etag = `"${desiredEtag(this.document)}"`;
        if (headers.get("if-none-match") === etag) return { status: 304, headers: { etag } };
        return { status: 200, body: this.document, headers: { etag } };
      }
      case "POST /reports": {
        const { reportId } = Report.parse(body);
        const duplicate = this.reports.has(reportId);
        this.reports.set(reportId, body);
        return { status: 200, body: { reportId, duplicate } };
      }
      case "POST /keys":
        return this.rotate(KeyRotation.parse(body));
      default:
        return this.putFacts(route, body);
    }
  }

  private enrol({ token, jwk }: EnrolRequest): PeerAnswer {
    const kid = thumbprint(jwk);
    if (this.deviceKeys.has(kid)) return { status: 200, body: this.self(kid) };
    if (token !== this.token) return problem("token-invalid", 403);
    this.tokenUses += 1;
    this.addKey(jwk);
    return { status: 201, body: this.self(kid) };
  }

  private addKey(jwk: PublicJwk): void {
    const parsed = parsePublicJwk(jwk);
    if (parsed.ok) this.deviceKeys.set(parsed.kid, { jwk, key: parsed.key });
  }

  private self(kid: string): EnrolResult {
    return {
      deviceId: this.deviceId,
      name: "web-01",
      status: this.status,
      tags: this.tags,
      key: { kid, rotateAfter: this.rotateAfter },
      server: { keys: this.serverKeys.map(({ jwk }) => jwk) },
      checkin: { intervalS: 60, jitterPct: 10, firstAfterS: 0 },
    };
  }

  private checkIn({ factsHash }: CheckIn): PeerAnswer {
    if (this.status === "retired") return problem("device-retired", 410);
    if (this.status === "pending") return problem("device-pending", 403);
    const result: CheckInResult = {
      status: this.status,
      desiredEtag: desiredEtag(this.document),
      checkin: { intervalS: 60, jitterPct: 10 },
      directives: this.directives.splice(0),
      wantFacts: Object.keys(factsHash).filter((section) => !this.facts.has(section)),
      serverTime: this.nowS,
    };
    return { status: 200, body: result };
  }

  private rotate({ jwk }: KeyRotation): PeerAnswer {
    const [previous = ""] = this.deviceKeys.keys();
    this.addKey(jwk);
    const result: KeyRotationResult = {
      key: { kid: thumbprint(jwk), rotateAfter: this.rotateAfter },
      previous: { kid: previous },
      server: { keys: this.serverKeys.map((one) => one.jwk) },
    };
    return { status: 200, body: result };
  }

  private putFacts(route: string, body: unknown): PeerAnswer {
    const section = FactSection.safeParse(/^PUT \/facts\/([a-z]+)$/.exec(route)?.[1]);
    if (!section.success) return problem("not-found", 404);
    const facts = factsBySection[section.data].safeParse(body);
    if (!facts.success) return problem("invalid", 422, { errors: [] });
    this.facts.set(section.data, facts.data);
    return { status: 200, body: { section: section.data, hash: "x" } };
  }
}

/** The key a device brings along, to prove that it holds it. */
function keyInBody(body: unknown, kid: string): KeyObject | undefined {
  if (typeof body !== "object" || body === null || !("jwk" in body)) return undefined;
  const parsed = parsePublicJwk(body.jwk);
  return parsed.ok && parsed.kid === kid ? parsed.key : undefined;
}
