import { z } from "zod";

/** What a device tells about itself, section by section. All of it is the device's word: hints, never an identity. */
export const factSections = [
  "os",
  "hardware",
  "network",
  "users",
  "packages",
  "services",
  "disks",
  "security",
  "agent",
] as const;
export const FactSection = z.enum(factSections);
export type FactSection = z.infer<typeof FactSection>;

const Text = z.string().max(256);
const Bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const OsFacts = z.strictObject({
  platform: Text,
  name: Text,
  version: Text,
  kernel: Text,
  arch: Text,
  hostname: Text,
  timezone: Text,
});
export type OsFacts = z.infer<typeof OsFacts>;

export const HardwareFacts = z.strictObject({
  vendor: Text.nullable(),
  model: Text.nullable(),
  cpuModel: Text.nullable(),
  cpuCount: z.number().int().min(1).max(65_536),
  memoryBytes: Bytes,
  /** HMACs under a fixed key of ours: enough to find a disk that moved, useless for following it elsewhere. */
  hardwareHash: Text.nullable(),
  machineHash: Text.nullable(),
});
export type HardwareFacts = z.infer<typeof HardwareFacts>;

export const NetworkFacts = z.strictObject({
  interfaces: z
    .array(
      z.strictObject({
        name: Text,
        addresses: z.array(Text).max(256),
      }),
    )
    .max(512),
  defaultGateway: Text.nullable(),
  dnsServers: z.array(Text).max(64),
});
export type NetworkFacts = z.infer<typeof NetworkFacts>;

export const PackageFacts = z.strictObject({
  manager: z.enum(["dpkg", "rpm", "apk", "pacman", "none"]),
  packages: z.array(z.strictObject({ name: Text, version: Text, arch: Text.nullable() })).max(50_000),
});
export type PackageFacts = z.infer<typeof PackageFacts>;

export const AgentFacts = z.strictObject({
  version: Text,
  runtime: Text,
  clockOffsetS: z.number().int(),
  startedAt: z.iso.datetime(),
});
export type AgentFacts = z.infer<typeof AgentFacts>;

/** Sections the agent does not collect yet take any JSON object, so that a newer agent need not wait for the server. */
const OpenFacts = z.record(z.string().max(128), z.json());

export const factsBySection = {
  os: OsFacts,
  hardware: HardwareFacts,
  network: NetworkFacts,
  users: OpenFacts,
  packages: PackageFacts,
  services: OpenFacts,
  disks: OpenFacts,
  security: OpenFacts,
  agent: AgentFacts,
} as const satisfies Record<FactSection, z.ZodType>;
