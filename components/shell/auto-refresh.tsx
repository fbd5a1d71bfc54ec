"use client";

import { Pause, Play } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState, useTransition } from "react";
import { StatusDot, type Tone } from "@/components/ui/badge";
import { buttonClass } from "@/components/ui/button-look";

const EVERY_MS = 10_000;
/** Without a sign of a person for so long, nothing is read any more: a forgotten page must not keep a session alive. */
const AWAY_MS = 10 * 60_000;

type Connection = "live" | "away" | "reconnecting";

/** Asked first, because a page that is read again while the server is away turns into the browser's error page. */
async function answers(): Promise<boolean> {
  try {
    return (await fetch("/api/health/ready", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** When the person last moved or typed, in milliseconds since the page was opened. */
function watchPerson(): { awayMs: () => number; stop: () => void } {
  let seenAt = performance.now();
  const note = () => {
    seenAt = performance.now();
  };
  const signs = ["pointermove", "pointerdown", "keydown", "scroll"] as const;
  for (const sign of signs) window.addEventListener(sign, note, { passive: true });
  return {
    awayMs: () => performance.now() - seenAt,
    stop: () => {
      for (const sign of signs) window.removeEventListener(sign, note);
    },
  };
}

/** Reads the page's data again every 10 s while it is in sight and somebody is there. */
function useRefresh(isPaused: boolean): Connection {
  const router = useRouter();
  const [connection, setConnection] = useState<Connection>("live");
  const [, startRefresh] = useTransition();
  useEffect(() => {
    if (isPaused) return;
    let isOver = false;
    const person = watchPerson();
    const refresh = async () => {
      if (document.hidden) return;
      if (person.awayMs() > AWAY_MS) return setConnection("away");
      const isUp = await answers();
      if (isOver) return;
      setConnection(isUp ? "live" : "reconnecting");
      if (isUp) startRefresh(() => router.refresh());
    };
    const timer = setInterval(refresh, EVERY_MS);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      isOver = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
      person.stop();
    };
  }, [isPaused, router]);
  return connection;
}

const looks: Record<Connection | "paused", { tone: Tone; text: string; does: string }> = {
  live: { tone: "success", text: "Live", does: "Pause updates" },
  away: { tone: "neutral", text: "Away", does: "Pause updates" },
  reconnecting: { tone: "warning", text: "Reconnecting", does: "Pause updates" },
  paused: { tone: "neutral", text: "Paused", does: "Resume updates" },
};

/** Keeps a page up to date by itself, says so, and lets the reader hold it still (WCAG 2.2.2). */
export function AutoRefresh() {
  const [isPaused, setPaused] = useState(false);
  const connection = useRefresh(isPaused);
  const { tone, text, does } = looks[isPaused ? "paused" : connection];
  const Icon = isPaused ? Play : Pause;
  return (
    <button
      type="button"
      aria-label={`${text}: ${does.toLowerCase()}`}
      data-tooltip={`${does}: this page reads its data again every 10 seconds`}
      onClick={() => setPaused(!isPaused)}
      className={buttonClass({ variant: "ghost" })}
    >
      <StatusDot tone={tone}>{text}</StatusDot>
      <Icon aria-hidden className="size-3.5! text-muted" />
    </button>
  );
}
