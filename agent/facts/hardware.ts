import { createHmac } from "node:crypto";
import { cpus, totalmem } from "node:os";
import { readText } from "@/agent/facts/read-file";
import { hardwareHash } from "@/server/core/hardware-hash";
import type { HardwareFacts } from "@/server/modules/agents/facts.schema";

const DMI = "/sys/class/dmi/id";

/** The board's UUID as a hash, where the kernel shows it to this user. */
export function ownHardwareHash(): string | undefined {
  const uuid = readText(`${DMI}/product_uuid`);
  return uuid === undefined ? undefined : hardwareHash(uuid);
}

/** machine-id(5) asks for this: an id of our own derived from the machine's, never the machine's. */
export function machineHash(machineId: string | undefined): string | null {
  if (!machineId || !/^[0-9a-f]{32}$/.test(machineId)) return null;
  return createHmac("sha256", Buffer.from(machineId, "hex")).update("keyward-machine-v1").digest("base64url");
}

export function collectHardware(): HardwareFacts {
  const processors = cpus();
  return {
    vendor: readText(`${DMI}/sys_vendor`) ?? null,
    model: readText(`${DMI}/product_name`) ?? readText("/proc/device-tree/model") ?? null,
    cpuModel: processors[0]?.model.trim() || null,
    cpuCount: Math.max(1, processors.length),
    memoryBytes: totalmem(),
    hardwareHash: ownHardwareHash() ?? null,
    machineHash: machineHash(readText("/etc/machine-id") ?? readText("/var/lib/dbus/machine-id")),
  };
}
