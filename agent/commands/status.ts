import { readdirSync } from "node:fs";
import { join } from "node:path";
import { adviceFor } from "@/agent/advice";
import { AgentError } from "@/agent/agent-error";
import { type Command, flagOption, print } from "@/agent/command";
import { loadDesiredState } from "@/agent/desired-state";
import { requireEnrolment } from "@/agent/device";
import { loadKey } from "@/agent/keys";
import { lockOwner } from "@/agent/lock";
import { spoolDir } from "@/agent/spool";
import { readEnrolment, readProgress } from "@/agent/state";
import { thisSystem } from "@/agent/tunnel/system";
import { tunnelLine, tunnelStatus } from "@/agent/tunnel/tunnel-status";
import { version } from "@/package.json";
import { thumbprint } from "@/server/core/public-jwk";

function unsentReports(dir: string): number {
  try {
    return readdirSync(join(dir, spoolDir)).filter((name) => name.endsWith(".json")).length;
  } catch {
    return 0;
  }
}

/** Everything there is to know without asking the server; the shape of `status --json`. */
async function readStatus(dir: string) {
  const enrolment = requireEnrolment(dir);
  const progress = readProgress(dir);
  const next = loadKey(dir, "next");
  return {
    version,
    isEnrolled: true,
    stateDir: dir,
    runningPid: lockOwner(dir) ?? null,
    server: enrolment.url,
    serverKeys: enrolment.serverKeys.map((key) => thumbprint(key)),
    isServerPinned: enrolment.isServerPinned,
    deviceId: enrolment.deviceId,
    name: enrolment.name,
    status: enrolment.status,
    tags: enrolment.tags,
    key: {
      kid: loadKey(dir, "current")?.kid ?? null,
      rotateAfter: enrolment.rotateAfter,
      nextKid: next?.kid ?? null,
    },
    enrolledAt: enrolment.enrolledAt,
    lastContactAt: progress.lastContactAt,
    clockOffsetS: progress.clockOffsetS,
    desiredEtag: loadDesiredState({ dir, enrolment })?.etag ?? null,
    appliedEtag: progress.appliedEtag,
    rejectedFacts: Object.keys(progress.rejectedFacts),
    unsentReports: unsentReports(dir),
    tunnel: await tunnelStatus(dir, enrolment.deviceId, thisSystem),
    problem: progress.problem && { ...progress.problem, advice: adviceFor(progress.problem) ?? null },
  };
}

type Status = Awaited<ReturnType<typeof readStatus>>;

function printForPeople(status: Status): void {
  const rows: [string, string][] = [
    ["Device", `${status.name} (${status.deviceId})`],
    ["Status", status.status],
    ["Server", `${status.server}${status.isServerPinned ? "" : " (key trusted on first use)"}`],
    ["Agent", `${version}, ${status.runningPid ? `running as process ${status.runningPid}` : "not running"}`],
    ["Last contact", status.lastContactAt ?? "never"],
    ["Key", `${status.key.kid ?? "destroyed"}, due for rotation ${status.key.rotateAfter}`],
    ["Tags", status.tags.join(", ") || "none"],
    ["Desired state", status.appliedEtag ?? "none yet"],
    ["Tunnel", tunnelLine(status.tunnel)],
  ];
  if (status.clockOffsetS !== 0) rows.push(["Clock", `${status.clockOffsetS} s behind the server's`]);
  if (status.unsentReports > 0) rows.push(["Unsent", `${status.unsentReports} report(s)`]);
  if (status.rejectedFacts.length > 0) rows.push(["Rejected", `facts: ${status.rejectedFacts.join(", ")}`]);
  if (status.tunnel.nameServers.problem) rows.push(["Name servers", status.tunnel.nameServers.problem]);
  if (status.tunnel.problem) rows.push(["Tunnel problem", status.tunnel.problem.detail]);
  if (status.problem) rows.push(["Problem", `${status.problem.detail}, since ${status.problem.since}`]);
  if (status.problem?.advice) rows.push(["What to do", status.problem.advice]);
  for (const [name, value] of rows) print(`${name.padEnd(14)} ${value}`);
}

export const statusCommand: Command = {
  summary: "Show how this device stands, from what it knows; exit code 3 if it is not enrolled",
  usage: "[--json]",
  options: { json: { type: "boolean" } },
  async run(input) {
    if (!flagOption(input, "json")) return printForPeople(await readStatus(input.stateDir));
    const isEnrolled = readEnrolment(input.stateDir) !== undefined;
    const status = isEnrolled ? await readStatus(input.stateDir) : { version, isEnrolled, stateDir: input.stateDir };
    print(JSON.stringify(status, null, 2));
    if (!isEnrolled) throw new AgentError("not-enrolled", "This device is not enrolled");
  },
};
