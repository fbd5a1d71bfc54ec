import { createServer } from "node:http";
import { join } from "node:path";
import next from "next";

/** Serves the bare page, in a process of its own like Keyward. */
const [databaseUrl = ""] = process.argv.slice(2);
process.env.FLOOR_DATABASE_URL = databaseUrl;
const app = next({ dev: false, dir: join(import.meta.dirname, "bare-page") });
await app.prepare();
const handle = app.getRequestHandler();
const server = createServer((request, response) => void handle(request, response));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});
process.on("disconnect", () => process.exit(0));
