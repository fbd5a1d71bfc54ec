import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Refused } from "@/agent/api";
import { writeAtomically } from "@/agent/atomic-file";
import type { Device } from "@/agent/device";
import { Report, ReportResult } from "@/server/modules/agents/schema";

export const spoolDir = "spool";
/** Reports kept while the server is away; the oldest go first. */
const MAX_REPORTS = 50;

/** Ids are UUIDv7, so names sort by time. */
function names(dir: string): string[] {
  try {
    return readdirSync(join(dir, spoolDir))
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch {
    return [];
  }
}

/** Puts a report where a crash cannot lose it; {@link sendReports} sends it. */
export function keepReport(dir: string, report: Report): void {
  mkdirSync(join(dir, spoolDir), { recursive: true, mode: 0o700 });
  writeAtomically(join(dir, spoolDir, `${report.reportId}.json`), JSON.stringify(report));
  for (const name of names(dir).slice(0, -MAX_REPORTS)) rmSync(join(dir, spoolDir, name), { force: true });
}

function read(path: string): Report | undefined {
  try {
    return Report.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Sends what is kept, oldest first, each under its own id until the server has it; what it will never take is dropped. */
export async function sendReports(device: Device): Promise<void> {
  for (const name of names(device.dir)) {
    const path = join(device.dir, spoolDir, name);
    const report = read(path);
    if (report) await send(device, report);
    rmSync(path, { force: true });
  }
}

async function send(device: Device, report: Report): Promise<void> {
  try {
    await device.api.json(device.signed("POST", "/reports", { body: report }), ReportResult);
  } catch (error) {
    const isHopeless = error instanceof Refused && (error.reaction === "drop" || error.reaction === "give-up");
    if (!isHopeless) throw error;
  }
}
