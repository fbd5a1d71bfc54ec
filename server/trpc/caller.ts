import { headers } from "next/headers";
import { forbidden, notFound, redirect } from "next/navigation";
import { cache } from "react";
import { authenticate } from "@/server/auth/authority";
import { actorFrom, webCaller } from "@/server/auth/context";
import { parseCookies } from "@/server/auth/cookies";
import { takeVerdict } from "@/server/auth/page-approval";
import { logUnexpected } from "@/server/http/problem";
import { PAGE_HEADER } from "@/server/http/request-meta";
import { appRouter } from "./app";
import { createCallerFactory, refusalOf } from "./init";

/** The request's session, checked once per render however many components ask. */
const session = cache(async () => {
  const incoming = await headers();
  const verdict = takeVerdict(incoming) ?? (await authenticate(parseCookies(incoming.get("cookie"))));
  return { verdict, caller: webCaller(verdict, incoming), path: incoming.get(PAGE_HEADER) ?? "/overview" };
});

const createCaller = createCallerFactory(appRouter);

/** The signed-in user of this render, or `null`. For what merely looks different; operations guard themselves. */
export async function currentUser() {
  const actor = actorFrom((await session()).verdict);
  return actor.kind === "user" ? actor : null;
}

/** Turns a refusal into the page that says so; anything else goes to the error boundary. */
function toPage(error: unknown, path: string, requestId: string): void {
  const refused = refusalOf(error);
  if (refused.status === 401) redirect(`/sign-in?next=${encodeURIComponent(path)}`);
  if (refused.code === "forbidden") forbidden();
  if (refused.code === "not-found") notFound();
  logUnexpected(refused, requestId);
}

/** The typed API for server components: the same procedures, permissions and audit as over HTTP. */
export const api = cache(async () => {
  const { caller, path } = await session();
  return createCaller({ caller }, { onError: ({ error }) => toPage(error, path, caller.request.id) });
});
