import { log } from "./log";

/** How long something waits for company, milliseconds. */
const WRITTEN_AFTER_MS = 1000;

interface Gathering<Key, Value> {
  /** Names it in the log. */
  what: string;
  /** Writes down what was noted meanwhile, of each key the latest. */
  write(noted: ReadonlyMap<Key, Value>): Promise<void>;
}

/**
 * Notes what a request is not made to wait for: whatever comes within a second is written together. It is lost when it
 * cannot be written, or when the process ends before; only what will be said again, or is not missed, is noted this way.
 */
export function gathered<Key, Value>({ what, write }: Gathering<Key, Value>): (key: Key, value: Value) => void {
  let noted = new Map<Key, Value>();

  const flush = () => {
    const due = noted;
    noted = new Map();
    write(due).catch((error: unknown) => log.warn({ err: error, what }, "What was noted could not be written"));
  };

  return (key, value) => {
    if (noted.size === 0) setTimeout(flush, WRITTEN_AFTER_MS).unref();
    noted.set(key, value);
  };
}
