import type { Caller } from "./operation";

/** Keyward on its own behalf, where nobody asked: a job, a delivery, what was gathered. */
export const systemCaller = (name: string): Caller => ({
  actor: { kind: "system", name },
  request: { id: crypto.randomUUID(), ip: null, userAgent: null, source: "system" },
});
