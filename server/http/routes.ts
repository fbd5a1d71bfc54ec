import { authHandler, refreshHandler } from "@/server/auth/handler";
import { AGENT_API } from "@/server/modules/agents/schema";
import { GATEWAY_API } from "@/server/modules/gateways/state.schema";
import { trpcHandler } from "@/server/trpc/handler";
import { agentRefusal, agentRoutes } from "./agent-endpoints";
import { agentBundle, agentInstaller } from "./agent-files";
import { eventsHandler } from "./events";
import { gatewayRoutes } from "./gateway-endpoints";
import { live, ready } from "./health";
import { OPENAPI_PATH, openApi } from "./openapi";
import { respond } from "./respond";
import { restRoutes } from "./rest-routes";

/** A Web-standard endpoint. */
export type Handler = (request: Request) => Promise<Response>;

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE" | "*";
  /** Literal path; `:name` stands for one segment, a final `*` for the rest. */
  path: string;
  handler: Handler;
}

/**
 * Every HTTP endpoint. The listener answers them without going through Next; the route handlers under `app/` mount the
 * same functions for `next dev` and hosts without our listener. `routes.test.ts` holds the two together.
 */
export const routes: readonly Route[] = [
  { method: "GET", path: "/api/health/live", handler: live },
  { method: "GET", path: "/api/health/ready", handler: ready },
  { method: "GET", path: "/api/trpc/*", handler: trpcHandler },
  { method: "POST", path: "/api/trpc/*", handler: trpcHandler },
  { method: "POST", path: "/api/auth/refresh", handler: refreshHandler },
  { method: "GET", path: "/api/auth/*", handler: authHandler },
  { method: "POST", path: "/api/auth/*", handler: authHandler },
  { method: "GET", path: "/api/events", handler: eventsHandler },
  ...agentRoutes,
  ...gatewayRoutes,
  { method: "GET", path: OPENAPI_PATH, handler: openApi },
  ...restRoutes.map(({ method, path, operation, status }) => ({
    method,
    path,
    handler: respond(operation, { path, status }),
  })),
  { method: "GET", path: "/agent/keyward-agent.mjs", handler: agentBundle },
  { method: "GET", path: "/agent/install.sh", handler: agentInstaller },
];

const isPattern = ({ path }: Route): boolean => path.includes(":") || path.endsWith("*");

function matches(pattern: string, given: readonly string[]): boolean {
  const wanted = pattern.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith(":") ? given[at] !== "" : part === given[at]))
  );
}

/** A literal path goes before any pattern. */
const literal = Map.groupBy(
  routes.filter((route) => !isPattern(route)),
  ({ path }) => path,
);
const patterns = routes.filter(isPattern).map((route) => ({
  route,
  /** What stands before the pattern's first open part. */
  start: route.path.slice(0, route.path.search(/[:*]/)),
}));

/** The routes with a pattern that the path fits; most fall out by how they start. */
function fitting(pathname: string): Route[] {
  const near = patterns.filter(({ start }) => pathname.startsWith(start) && pathname.length > start.length);
  if (near.length === 0) return [];
  const given = pathname.split("/");
  return near.map(({ route }) => route).filter(({ path }) => path.endsWith("*") || matches(path, given));
}

/** The route of a request, or whether its path exists for another method. */
export function matchRoute(method: string, pathname: string): Route | "wrong-method" | undefined {
  const onPath = literal.get(pathname) ?? fitting(pathname);
  const found = onPath.find((route) => route.method === method || route.method === "*");
  if (found) return found;
  const isKnown = onPath.length > 0;
  if (pathname.startsWith(`${AGENT_API}/`) || pathname.startsWith(`${GATEWAY_API}/`)) {
    return agentRefusal(pathname, isKnown ? "method-not-allowed" : "not-found");
  }
  return isKnown ? "wrong-method" : undefined;
}
