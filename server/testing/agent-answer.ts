import type { z } from "zod";
import { verifyingKey } from "@/server/core/public-jwk";
import { verifyResponse } from "@/server/core/response-signature";
import { serverKeys } from "@/server/core/server-keys";
import { agentAuthority } from "@/server/http/agent-request";
import { CLIENT_IP_HEADER } from "@/server/http/request-meta";
import { type EnrolRequest, Problem, problemCode } from "@/server/modules/agents/schema";
import type { DeviceClient } from "./device-client";
import { http } from "./http";

export interface AgentAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whether the server's key signed this very answer to this very request. */
  readonly isSigned: boolean;
  /** Set when it is a refusal in the form of RFC 9457. */
  readonly problem: Problem | undefined;
  readonly code: string | undefined;
  read<Shape extends z.ZodType>(shape: Shape): z.infer<Shape>;
}

/** Reads an answer of the agent API the way a device does: nothing counts unless the server signed it. */
export async function readAnswer(request: Request, response: Response): Promise<AgentAnswer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  const text = Buffer.from(bytes).toString("utf8");
  const signed = verifyResponse({
    status,
    headers,
    body: bytes,
    request: {
      method: request.method,
      path: new URL(request.url).pathname,
      authority: agentAuthority(),
      signature: request.headers.get("signature"),
    },
    keyFor: (kid) => serverKeys().flatMap((key) => (key.kid === kid ? verifyingKey(key.jwk) : []))[0],
  });
  const isProblem = headers.get("content-type") === "application/problem+json";
  const problem = isProblem ? Problem.parse(JSON.parse(text)) : undefined;
  return {
    status,
    headers,
    text,
    isSigned: signed.ok,
    problem,
    code: problem && problemCode(problem),
    read: (shape) => shape.parse(JSON.parse(text)),
  };
}

/** Sends a request to the handlers and reads the answer. */
export async function ask(request: Request): Promise<AgentAnswer> {
  return readAnswer(request, await http(request));
}

/** What a refusal must look like, whatever it is about: typed, and signed by the server. */
export const refusal = (status: number, code: string) => ({ status, code, isSigned: true, problem: { status } });

/** The same request from another address. */
export function from(ip: string, request: Request): Request {
  request.headers.set(CLIENT_IP_HEADER, ip);
  return request;
}

/** The signed request by which this key asks to join. `rest` replaces members of the body. */
export function enrolment(
  client: DeviceClient,
  token: string,
  rest: Partial<Record<keyof EnrolRequest, unknown>> = {},
): Request {
  const body = {
    token,
    jwk: client.keys.jwk,
    agent: { version: "1.0.0", os: "linux", arch: "amd64" },
    device: { hostname: "machine", instanceId: "instance-1" },
    ...rest,
  };
  return client.request("POST", "/enrolments", { body, tag: "keyward-enrol-v1" });
}
