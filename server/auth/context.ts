import type { Actor } from "@/server/core/actor";
import type { Caller } from "@/server/core/operation";
import { requestMeta } from "@/server/http/request-meta";
import type { Verdict } from "./authority";

/** The actor a verdict stands for; anything short of signed in is nobody. */
export function actorFrom(verdict: Verdict): Actor {
  return verdict.kind === "signed-in" ? verdict.actor : { kind: "anonymous" };
}

/** Who asks, for operations called from the browser. */
export function webCaller(verdict: Verdict, headers: Headers): Caller {
  return { actor: actorFrom(verdict), request: requestMeta(headers, "web") };
}
