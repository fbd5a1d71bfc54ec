import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { checkRequest } from "@/server/core/message-signature";
import { type PublicJwk, verifyingKey } from "@/server/core/public-jwk";
import { signResponse } from "@/server/core/response-signature";

/**
 * What the machine can do of an agent's protocol without us: node:http that verifies each request on Node's threads,
 * signs a 304 to it and does nothing else. It asks no database whose key it is: it has them in a file.
 */
const [keysFile = "", authority = ""] = process.argv.slice(2);
const devices = JSON.parse(readFileSync(keysFile, "utf8")) as { kid: string; jwk: PublicJwk }[];
const keys = new Map(devices.map(({ kid, jwk }) => [kid, verifyingKey(jwk)]));
const { privateKey } = generateKeyPairSync("ed25519");

const field = ({ headers }: IncomingMessage, name: string): string | null => headers[name]?.toString() ?? null;

const server = createServer(async (request, response) => {
  const { method = "", url: path = "" } = request;
  const now = Math.floor(Date.now() / 1000);
  const headers = { get: (name: string) => field(request, name) };
  const target = { method, path, authority };
  const expect = { sig1: "keyward-agent-v1" } as const;
  const signed = checkRequest({ ...target, headers, body: new Uint8Array(), now, expect });
  const key = signed.ok ? keys.get(signed.claims.sig1.kid) : undefined;
  if (!signed.ok || !key || !(await signed.verifyAsync({ sig1: key })).ok) return response.writeHead(401).end();
  const answered = { ...target, signature: field(request, "signature") };
  const fields = signResponse({
    status: 304,
    body: "",
    request: answered,
    key: privateKey,
    kid: "floor",
    created: now,
  });
  response.writeHead(304, { ...fields, etag: field(request, "if-none-match") ?? "" }).end();
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});
process.on("disconnect", () => process.exit(0));
