import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newNonce, signRequest } from "@/server/core/message-signature";
import { type AnsweredRequest, signResponse, verifyResponse } from "@/server/core/response-signature";

const device = generateKeyPairSync("ed25519");
const server = generateKeyPairSync("ed25519");
const KID = "s".repeat(43);
const BODY = '{"status":"active"}';
const TARGET = { method: "GET", authority: "keyward.example.com", path: "/api/agent/v1/self" };

function signedRequest(): AnsweredRequest {
  const signer = { label: "sig1", key: device.privateKey, kid: "d".repeat(43), tag: "keyward-agent-v1" } as const;
  const fields = signRequest({ ...TARGET, body: "", created: 1000, signers: [{ ...signer, nonce: newNonce() }] });
  return { ...TARGET, signature: fields.signature };
}

const answer = (request: AnsweredRequest, status = 200, body = BODY) =>
  signResponse({ status, body, request, key: server.privateKey, kid: KID, created: 1234 });

interface Received {
  status?: number;
  body?: string;
  keyFor?: (kid: string) => typeof server.publicKey | undefined;
}

function outcome(headers: Record<string, string>, request: AnsweredRequest, received: Received = {}): string {
  const { status = 200, body = BODY, keyFor = (kid) => (kid === KID ? server.publicKey : undefined) } = received;
  const result = verifyResponse({ status, headers: new Headers(headers), body: Buffer.from(body), request, keyFor });
  return result.ok ? `ok ${result.created}` : result.code;
}

describe("a signed answer", () => {
  it("is bound to the very request it answers", () => {
    const [mine, other] = [signedRequest(), signedRequest()];
    const headers = answer(mine);
    expect(headers["signature-input"]).toBe(
      `kw=("@status" "content-digest" "@method";req "@path";req "signature";req;key="sig1");created=1234;keyid="${KID}";tag="keyward-server-v1"`,
    );
    expect(outcome(headers, mine)).toBe("ok 1234");
    expect(outcome(headers, other)).toBe("signature-invalid");
    expect(outcome(headers, { ...mine, path: "/api/agent/v1/server" })).toBe("signature-invalid");
    expect(outcome(headers, { ...mine, method: "DELETE" })).toBe("signature-invalid");
  });

  it("to an unsigned request is bound to method and path, and does not count for a signed one", () => {
    const open: AnsweredRequest = { ...TARGET, signature: null };
    expect(outcome(answer(open), open)).toBe("ok 1234");
    expect(outcome(answer(open), signedRequest())).toBe("signature-invalid");
    expect(outcome(answer({ ...TARGET, signature: "garbage" }), open)).toBe("ok 1234");
  });

  it("to a key rotation is bound to its first signature", () => {
    const key = { key: device.privateKey, nonce: newNonce() };
    const { signature } = signRequest({
      ...TARGET,
      body: "",
      created: 1000,
      signers: [
        { ...key, label: "sig1", kid: "d".repeat(43), tag: "keyward-agent-v1" },
        { ...key, label: "new", kid: "e".repeat(43), tag: "keyward-rekey-v1" },
      ],
    });
    const request = { ...TARGET, signature };
    expect(outcome(answer(request), request)).toBe("ok 1234");
  });

  it("is refused with another status or body, by an unpinned or wrong key, or unsigned", () => {
    const request = signedRequest();
    const headers = answer(request);
    expect(outcome(headers, request, { status: 410 })).toBe("signature-invalid");
    expect(outcome(headers, request, { body: "{}" })).toBe("digest-mismatch");
    expect(outcome(headers, request, { keyFor: () => undefined })).toBe("key-unknown");
    expect(outcome(headers, request, { keyFor: () => device.publicKey })).toBe("signature-invalid");
    expect(outcome({}, request)).toBe("signature-missing");
  });

  it("is refused after any changed byte of its fields", () => {
    const request = signedRequest();
    const headers = answer(request);
    const names = ["content-digest", "signature-input", "signature"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.integer({ min: 1, max: 93 }), (name, at, shift) => {
        const text = headers[name];
        const index = at % text.length;
        const code = 33 + ((text.charCodeAt(index) - 33 + shift + 94) % 94);
        const changed = text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
        fc.pre(changed !== text);
        expect(outcome({ ...headers, [name]: changed }, request)).not.toMatch(/^ok/);
      }),
      { numRuns: 1000 },
    );
  });
});
