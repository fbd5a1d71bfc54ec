import { AppError } from "@/server/core/errors";
import { problemResponse } from "./problem";
import { requestMeta } from "./request-meta";
import { type Handler, matchRoute } from "./routes";

/** Answers from the one route list, as the listener does; for mounting it under `app/`. */
export const mounted: Handler = (request) => {
  // A HEAD is a GET whose body the platform leaves out.
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = matchRoute(method, new URL(request.url).pathname);
  if (found !== undefined && found !== "wrong-method") return found.handler(request);
  const error = new AppError(found ? "method-not-allowed" : "not-found");
  return Promise.resolve(problemResponse(error, requestMeta(request.headers, "api").id));
};
