import type { Pause } from "@/agent/loop";

export interface Signals {
  readonly pause: Pause;
  /** Ends the pause early. */
  readonly wake: () => void;
  /** Ends the pause for good. */
  readonly stop: () => void;
  readonly dispose: () => void;
}

/** A pause that SIGHUP ends early, and SIGTERM or SIGINT for good. */
export function pauseWithSignals(): Signals {
  let isStopped = false;
  let finish: (end: "woken" | "stopped") => void = () => undefined;
  const stop = () => {
    isStopped = true;
    finish("stopped");
  };
  const wake = () => finish("woken");
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, stop);
  process.on("SIGHUP", wake);
  const pause: Pause = (seconds) =>
    new Promise((resolve) => {
      if (isStopped) return resolve("stopped");
      const timer = setTimeout(() => resolve("due"), seconds * 1000);
      finish = (end) => {
        clearTimeout(timer);
        resolve(end);
      };
    });
  const dispose = () => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, stop);
    process.off("SIGHUP", wake);
  };
  return { pause, wake, stop, dispose };
}
