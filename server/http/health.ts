import { ping } from "@/server/core/database";
import { problemResponse } from "./problem";
import { requestMeta } from "./request-meta";

const ok = () =>
  new Response('{"status":"ok"}', { headers: { "content-type": "application/json", "cache-control": "no-store" } });

/** The process runs. */
export const live = async (): Promise<Response> => ok();

/** The process can serve: its database answers. */
export async function ready(request: Request): Promise<Response> {
  try {
    await ping();
    return ok();
  } catch (error) {
    return problemResponse(error, requestMeta(request.headers, "api").id);
  }
}
