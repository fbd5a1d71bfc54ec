import { type EndReason, sessionBehind } from "@/server/auth/authority";
import { cookieNames, parseCookies } from "@/server/auth/cookies";
import { onAnnounced } from "@/server/core/announcements";
import { AppError } from "@/server/core/errors";
import type { SessionId, UserId } from "@/server/core/ids";
import { log } from "@/server/core/log";
import { type EventStream, eventStream, openStreams } from "./event-stream";
import { problemResponse } from "./problem";
import { requestMeta } from "./request-meta";

/** A signal may get lost; this often every stream looks for itself. */
const LOOK_EVERY_MS = 30_000;
/** A browser needs one; each costs memory and a question every half minute. */
const MAX_STREAMS = 5000;

function signOut(stream: EventStream, reason: EndReason): void {
  stream.send("signed-out", reason);
  stream.close();
}

function follow({ sessionId, userId }: { sessionId: SessionId; userId: UserId }, token: string): Response {
  return eventStream((stream) => {
    const look = async () => {
      const found = await sessionBehind(token);
      if ("ended" in found) signOut(stream, found.ended);
    };
    const check = () => void look().catch((error: unknown) => log.debug({ err: error }, "A stream could not look"));
    const stopWatching = onAnnounced([`session:${sessionId}`, `user:${userId}`], check);
    const timer = setInterval(() => {
      stream.beat();
      check();
    }, LOOK_EVERY_MS);
    // What happened between the request and the first signal.
    check();
    return () => {
      stopWatching();
      clearInterval(timer);
    };
  });
}

/**
 * `GET /api/events`: tells a browser the moment its session ends. It renews nothing and takes a token whose minutes are
 * over: a page that was left open must not keep its session alive.
 */
export async function eventsHandler(request: Request): Promise<Response> {
  try {
    const token = parseCookies(request.headers.get("cookie")).get(cookieNames().access);
    if (!token) throw new AppError("unauthenticated");
    const session = await sessionBehind(token);
    if ("ended" in session) throw new AppError("session-ended");
    if (openStreams() >= MAX_STREAMS)
      throw new AppError("unavailable", "Too many streams are open.", { retryAfterS: 30 });
    return follow(session, token);
  } catch (error) {
    return problemResponse(error, requestMeta(request.headers, "web").id);
  }
}
