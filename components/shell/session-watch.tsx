"use client";

import { useEffect } from "react";

const NAME = "keyward-session";

/** The page is asked for anew, which leads to the sign-in page and leaves nothing of the session in memory. */
const leave = () => window.location.reload();

/** How soon a stream that the server refused is asked for again. */
const REOPEN_MS = 30_000;

/** Listens on the server's stream until told to stop. A browser reopens a broken stream by itself, but not a refused one. */
function listen(onEnd: () => void): () => void {
  let stream: EventSource;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    stream = new EventSource("/api/events");
    stream.addEventListener("signed-out", onEnd);
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
