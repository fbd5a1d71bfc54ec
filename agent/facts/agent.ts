import { version } from "@/package.json";
import type { AgentFacts } from "@/server/modules/agents/facts.schema";

const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();

export const collectAgent = (clockOffsetS: number): AgentFacts => ({
  version,
  runtime: `node ${process.versions.node}`,
  clockOffsetS,
  startedAt,
});
