import { deliverSome } from "@/server/jobs/deliver";
import { consumers } from "@/server/jobs/outbox";

/** Delivers what the commands so far asked for, as the server's jobs do a moment after each. */
export async function deliverEffects(): Promise<void> {
  while ((await deliverSome(consumers)) > 0);
}
