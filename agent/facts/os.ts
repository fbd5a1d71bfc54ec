import { arch, hostname, platform, release, version } from "node:os";
import { readText } from "@/agent/facts/read-file";
import type { OsFacts } from "@/server/modules/agents/facts.schema";

/** Reads os-release(5): one assignment a line, its value bare or in quotes, with shell escapes inside double ones. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, double, single, bare] = /^([A-Z][A-Z0-9_]*)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim()) ?? [];
    if (name) values.set(name, double?.replace(/\\([\\"$`])/g, "$1") ?? single ?? bare ?? "");
  }
  return values;
}

export function collectOs(): OsFacts {
  const text = readText("/etc/os-release") ?? readText("/usr/lib/os-release") ?? "";
  const named = parseOsRelease(text);
  return {
    platform: platform(),
    name: named.get("NAME") ?? platform(),
    version: named.get("VERSION_ID") ?? named.get("VERSION") ?? version().slice(0, 256),
    kernel: release(),
    arch: arch(),
    hostname: hostname(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
