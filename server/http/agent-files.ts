import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@/server/core/errors";
import { problemResponse } from "./problem";
import { requestMeta } from "./request-meta";

/** The agent as the build left it: one file without dependencies, and the script that installs it. */
function served(file: string, type: string) {
  return async (request: Request): Promise<Response> => {
    try {
      const bytes = await readFile(join(process.cwd(), "dist", "agent", file)).catch((cause: unknown) => {
        throw new AppError("not-found", "The agent was not built. Run npm run build.", { cause });
      });
      return new Response(new Uint8Array(bytes), { headers: { "content-type": type, "cache-control": "no-cache" } });
    } catch (error) {
      return problemResponse(error, requestMeta(request.headers, "agent").id);
    }
  };
}

export const agentBundle = served("keyward-agent.mjs", "text/javascript; charset=utf-8");
export const agentInstaller = served("install.sh", "text/x-shellscript; charset=utf-8");
