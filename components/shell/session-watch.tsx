"use client";

import { useEffect } from "react";

const NAME = "keyward-session";

/** The page is asked for anew, which leads to the sign-in page and leaves nothing of the session in memory. */
const leave = () => window.location.reload();

/** How soon a stream that the server refused or ended is asked for again. */
const REOPEN_MS = 30_000;
/** A session that was replaced ends before the answer with the new one's cookies is here. */
const SETTLE_MS = 1000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether this browser has no session any more; one that changed its own password has another by now. */
async function isSignedOut(): Promise<boolean> {
  await pause(SETTLE_MS);
  const answer = await fetch("/api/trpc/account.me", { cache: "no-store" }).catch(() => undefined);
  return answer?.status === 401;
}

/** Listens on the server's stream until told to stop. A browser reopens a broken stream by itself, but not a refused one. */
function listen(onEnd: () => void): () => void {
  let stream: EventSource;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    stream = new EventSource("/api/events");
    stream.addEventListener("signed-out", async () => {
      stream.close();
      if (await isSignedOut()) onEnd();
      else open();
    });
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) reopening = setTimeout(open, REOPEN_MS);
    });
  };
  open();
  return () => {
    clearTimeout(reopening);
    stream.close();
  };
}

/**
 * Leads to the sign-in page the moment the session ends elsewhere. Of all open tabs one holds the stream, because a
 * browser allows an origin six connections, and tells the others.
 */
export function SessionWatch() {
  useEffect(() => {
    // Locks need a secure origin. Without them the next request finds out, as ever.
    if (!navigator.locks) return;
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = leave;
    const over = new AbortController();
    const hold = () =>
      new Promise<void>((resolve) => {
        const stop = listen(() => {
          channel.postMessage("signed-out");
          leave();
        });
        over.signal.addEventListener("abort", () => {
          stop();
          resolve();
        });
      });
    navigator.locks.request(NAME, { signal: over.signal }, hold).catch(() => undefined);
    return () => {
      over.abort();
      channel.close();
    };
  }, []);
  return null;
}
