import { createHash } from "node:crypto";
import { createServer } from "node:http";
import postgres from "postgres";

/**
 * What the machine can do without us: node:http with no work, one primary-key select, a session found by the hash of its
 * token, or so many bytes. Started by the rows as a process of its own.
 */
const [databaseUrl = "", bytesSent = "0"] = process.argv.slice(2);
const sql = postgres(databaseUrl, { max: 10 });

const answers: Record<string, (token: string) => Promise<unknown>> = {
  "/nothing": async () => ({ ok: true }),
  "/select": async () => (await sql`select id, username, email from users order by id limit 1`)[0],
  "/session": async (token) => {
    const hash = createHash("sha256").update(token).digest("hex");
    const rows = await sql`
      select u.id, u.username, u.display_name, u.email, u.status, s.revoked_at, s.expires_at
        from sessions s join users u on u.id = s.user_id
       where s.token_hash = ${hash} and s.revoked_at is null and s.expires_at > now()`;
    return rows[0] ?? { id: null };
  },
};

const bytes = Buffer.alloc(Number(bytesSent), "x");

const server = createServer(async (request, response) => {
  if (request.url === "/bytes") return response.writeHead(200).end(bytes);
  const answer = answers[request.url ?? ""];
  const body = JSON.stringify(answer ? await answer(String(request.headers["x-token"])) : null);
  response.writeHead(answer ? 200 : 404, { "content-type": "application/json" }).end(body);
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});
process.on("disconnect", () => process.exit(0));
