import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname, uptime } from "node:os";

/** The kernel's id of this boot, or "" where there is none. */
export function kernelBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Names this boot of the machine: the kernel's id, or one made of the minute it came up. */
export function bootId(): string {
  const bootMinute = Math.round((Date.now() / 1000 - uptime()) / 60);
  return kernelBootId() || createHash("sha256").update(`${hostname()}|${bootMinute}`).digest("hex").slice(0, 32);
}
