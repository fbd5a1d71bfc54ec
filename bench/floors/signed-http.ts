import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import postgres from "postgres";
import { checkRequest } from "@/server/core/message-signature";
import { type PublicJwk, verifyingKey } from "@/server/core/public-jwk";
import { signResponse } from "@/server/core/response-signature";

/**
 * What the machine can do of an agent's protocol without us: node:http that verifies each request on Node's threads while
 * one select says whose key it is, and signs a 304 to it. It makes no keys: it has them in a file.
 */
const [keysFile = "", authority = "", databaseUrl = ""] = process.argv.slice(2);
const devices = JSON.parse(readFileSync(keysFile, "utf8")) as { kid: string; jwk: PublicJwk }[];
const keys = new Map(devices.map(({ kid, jwk }) => [kid, verifyingKey(jwk)]));
const sql = postgres(databaseUrl, { max: 10 });

/** Whether the device that has the key may work, and what its gateway's state is due for. */
const deviceOf = (kid: string) => sql`
  select d.id, d.name, d.status, k.status as key_status, g.id as gateway_id, g.desired_revision
    from device_keys k join devices d on d.id = k.device_id left join gateways g on g.id = d.gateway_id
   where k.thumbprint = ${kid}`;
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
  if (!signed.ok || !key) return response.writeHead(401).end();
  const [[device], verified] = await Promise.all([deviceOf(signed.claims.sig1.kid), signed.verifyAsync({ sig1: key })]);
  if (device?.status !== "active" || !verified.ok) return response.writeHead(401).end();
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
