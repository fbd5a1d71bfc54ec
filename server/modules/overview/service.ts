import { z } from "zod";
import { deviceStatuses } from "@/db/enums";
import { env } from "@/server/core/env";
import { query } from "@/server/core/operation";
import { countByState } from "@/server/modules/gateways/presence.service";
import * as repo from "./repo";
import { Overview } from "./schema";

export const get = query({
  permission: "overview.read",
  input: z.void(),
  output: Overview,
  async run({ reader }) {
    const [totals, byStatus, gateways, enrolments] = await Promise.all([
      repo.totals(reader),
      repo.devicesByStatus(reader),
      countByState(reader),
      repo.enrolmentsByDay(reader),
    ]);
    const { active, invited, suspended, sessions, usableTokens, devicesOnline, hasTokens, hasCheckIn } = totals;
    const inState = (status: (typeof deviceStatuses)[number]) => byStatus.get(status) ?? 0;
    return {
      sessions,
      usableTokens,
      devicesOnline,
      users: { active, invited, suspended },
      gateways: {
        total: [...gateways.values()].reduce((sum, count) => sum + count, 0),
        offline: gateways.get("offline") ?? 0,
        error: gateways.get("error") ?? 0,
      },
      devices: Object.fromEntries(deviceStatuses.map((status) => [status, inState(status)])) as Overview["devices"],
      enrolments,
      checklist: [
        { step: "token", isDone: hasTokens },
        { step: "device", isDone: byStatus.size > 0 },
        { step: "approval", isDone: inState("active") > 0 },
        { step: "check-in", isDone: hasCheckIn },
        { step: "colleague", isDone: active + invited + suspended > 1 },
        { step: "https", isDone: env().KEYWARD_URL.startsWith("https://") },
      ] satisfies Overview["checklist"],
    };
  },
});
