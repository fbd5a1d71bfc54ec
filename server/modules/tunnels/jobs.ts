import type { Job } from "@/server/core/job";
import { endExpired } from "./service";

export const tunnelJobs: readonly Job[] = [
  { name: "tunnels.end-expired", cron: "* * * * *", run: (caller) => endExpired.execute(caller, undefined) },
];
