import { sql } from "drizzle-orm";
import type { Sql } from "postgres";
import { APP_ROLE, createClient } from "@/db/client";
import type { Tx } from "./database";
import { log } from "./log";

/**
 * Where everything is announced that processes tell each other, at commit. Triggers say that `session:<id>` has ended and
 * that `user:<id>` is not what it was, commands say what they `announce()`. One channel, told apart by topics: when
 * postgres.js (3.4.9) opens a lost connection again, of several channels it forgets some.
 */
const CHANNEL = "keyward_changes";

interface Announcements {
  listeners: Map<string, Set<() => void>>;
  client?: Sql;
}

// Next bundles its own copy of this file, and one listening connection serves the whole process.
const globals = globalThis as { keywardAnnouncements?: Announcements };
globals.keywardAnnouncements ??= { listeners: new Map() };
const announcements = globals.keywardAnnouncements;

const wake = (topic: string) => announcements.listeners.get(topic)?.forEach((look) => void look());

/** After a gap in the connection anything may have happened. */
const wakeAll = () => [...announcements.listeners.keys()].forEach(wake);

/** A connection of its own, because one from the pool may be given up or sit behind a pooler that loses LISTEN. */
function listen(): void {
  const url = process.env.DATABASE_URL;
  if (announcements.client || !url) return;
  announcements.client = createClient(url, { role: APP_ROLE, max: 1, applicationName: "keyward-listen" });
  announcements.client
    .listen(CHANNEL, wake, wakeAll)
    .catch((error: unknown) => log.warn({ err: error }, "Until the database can be reached, changes are noticed late"));
}

/** Tells every process that watches the topic, if and when the transaction commits. */
export async function announce(tx: Tx, topic: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${CHANNEL}, ${topic})`);
}

function subscribe(topic: string, look: () => void): () => void {
  const known = announcements.listeners.get(topic) ?? new Set();
  announcements.listeners.set(topic, known.add(look));
  return () => {
    known.delete(look);
    if (known.size === 0) announcements.listeners.delete(topic);
  };
}

/**
 * Calls `look` whenever one of the topics may have changed. A hint, not a promise: whoever must not miss a change looks
 * from time to time as well.
 * @returns how to stop
 */
export function onAnnounced(topics: readonly string[], look: () => void): () => void {
  listen();
  const stops = topics.map((topic) => subscribe(topic, look));
  return () => stops.forEach((stop) => void stop());
}

/** Ends the listening connection. */
export async function stopAnnouncements(): Promise<void> {
  const { client } = announcements;
  delete announcements.client;
  await client?.end({ timeout: 5 });
}
