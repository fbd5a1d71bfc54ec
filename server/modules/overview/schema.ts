import { z } from "zod";
import { deviceStatuses } from "@/db/enums";

const Count = z.number().int();

export const checklistSteps = ["token", "device", "approval", "check-in", "colleague", "https"] as const;

/** Real counts of the organisation, and what is left to do on the first day. */
export const Overview = z.object({
  users: z.object({ active: Count, invited: Count, suspended: Count }),
  devices: z.record(z.enum(deviceStatuses), Count),
  /** Devices heard of within the last ten minutes. */
  devicesOnline: Count,
  gateways: z.object({ total: Count, offline: Count, error: Count }),
  sessions: Count,
  usableTokens: Count,
  /** Per day, oldest first, today last. */
  enrolments: z.array(z.object({ day: z.string(), count: Count })),
  checklist: z.array(z.object({ step: z.enum(checklistSteps), isDone: z.boolean() })),
});
export type Overview = z.infer<typeof Overview>;
