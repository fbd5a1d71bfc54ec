import { lstatSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import { type Command, type CommandInput, flagOption, print, textOption } from "@/agent/command";
import { gatewayEnrolCommand } from "@/agent/commands/enrol";
import { requireEnrolment, withDevice, withLock } from "@/agent/device";
import { Enforcement } from "@/agent/gateway/enforcement";
import { CANNOT_FORGET, canForget } from "@/agent/gateway/flows";
import { thisMachine } from "@/agent/gateway/program";
import { DEFAULT_INTERFACE, INTERFACE_NAME } from "@/agent/gateway/ruleset";
import { runGateway } from "@/agent/gateway/run-gateway";
import { gatewayDir, openGatewayDir, readProgress, readState } from "@/agent/gateway/store";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { lockOwner } from "@/agent/lock";
import { log } from "@/agent/log";
import { pauseWithSignals } from "@/agent/signals";
import { version } from "@/package.json";

const DEFAULT_STALE_DAYS = 7;
const DEFAULT_HOLD_S = 30;
const DAY_S = 86_400;

function interfaceName(input: CommandInput): string {
  const name = textOption(input, "interface") ?? DEFAULT_INTERFACE;
  if (INTERFACE_NAME.test(name)) return name;
  throw new AgentError(
    "usage",
    `${name} is not a name for an interface`,
    "At most 15 letters, digits, - and _, the first of them a letter.",
  );
}

function numberOption(input: CommandInput, name: string, otherwise: number): number {
  const text = textOption(input, name);
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text)) return number;
  throw new AgentError("usage", `--${name} wants a number, not ${text}`);
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new AgentError("usage", "Only root may change tunnels and rules", "Run it as root, or as the service.");
}

const run: Command = {
  summary: "Be the WireGuard gateway the server describes, until stopped; the tunnel stays as it is then",
  usage: "[--interface <name>] [--endpoint <host:port>] [--max-stale-days <n>] [--confirm-removals-after <seconds>]",
  options: {
    interface: { type: "string" },
    endpoint: { type: "string" },
    "max-stale-days": { type: "string" },
    "confirm-removals-after": { type: "string" },
  },
  async run(input) {
    const options = {
      interfaceName: interfaceName(input),
      endpoint: textOption(input, "endpoint") ?? null,
      maxStaleS: numberOption(input, "max-stale-days", DEFAULT_STALE_DAYS) * DAY_S,
      holdS: numberOption(input, "confirm-removals-after", DEFAULT_HOLD_S),
    };
    requireRoot();
    await withDevice(input.stateDir, async (device) => {
      const signals = pauseWithSignals();
      log.info(`${device.enrolment.name} is a gateway of ${device.enrolment.url}`);
      try {
        await runGateway(device, options, signals);
      } finally {
        signals.dispose();
      }
    });
    print("Stopped. The tunnel stays up: keyward-agent gateway down takes it down.");
  },
};

/** Everything there is to know without asking the server; the shape of `gateway status --json`. */
async function readGatewayStatus(dir: string, name: string | undefined) {
  const enrolment = requireEnrolment(dir);
  const own = join(dir, gatewayDir);
  const progress = readProgress(own);
  const running = name ?? progress.interfaceName ?? DEFAULT_INTERFACE;
  const hasKey = lstatSync(join(own, "tunnel.key"), { throwIfNoEntry: false }) !== undefined;
  const key = hasKey ? openTunnelKey(own) : undefined;
  const stored = readState(own);
  const tunnel = key && (await new Enforcement(running, key).read());
  const nowS = Math.floor(Date.now() / 1000);
  return {
    version,
    server: enrolment.url,
    name: enrolment.name,
    runningPid: lockOwner(dir) ?? null,
    interface: running,
    publicKey: key?.publicKey ?? null,
    isUp: tunnel !== undefined,
    listenPort: tunnel?.listenPort ?? null,
    peers: tunnel?.peers.length ?? 0,
    peersInTouch: tunnel?.peers.filter(({ lastHandshakeAt }) => nowS - lastHandshakeAt <= 180).length ?? 0,
    etag: stored?.ok ? stored.etag : null,
    inForce: progress.inForce,
    /** Whether what a removed device had open is forgotten before its address is another's. */
    forgetsFlows: await canForget(thisMachine),
    confirmedAt: progress.confirmedAt === null ? null : new Date(progress.confirmedAt * 1000).toISOString(),
    last: { etag: progress.etag, outcome: progress.outcome, error: progress.error, at: progress.changedAt },
  };
}

const status: Command = {
  summary: "Show how the gateway stands, from what this machine knows",
  usage: "[--interface <name>] [--json]",
  options: { interface: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const name = textOption(input, "interface") === undefined ? undefined : interfaceName(input);
    const found = await readGatewayStatus(input.stateDir, name);
    if (flagOption(input, "json")) return print(JSON.stringify(found, null, 2));
    const rows: [string, string][] = [
      ["Gateway", `${found.name}, ${found.runningPid ? `running as process ${found.runningPid}` : "not running"}`],
      ["Server", found.server],
      ["Tunnel", found.isUp ? `${found.interface}, port ${found.listenPort}` : `${found.interface} is down`],
      ["Public key", found.publicKey ?? "none yet"],
      ["Peers", `${found.peers}, ${found.peersInTouch} in touch`],
      ["State", found.inForce ?? "none yet"],
      ["Confirmed", found.confirmedAt ?? "never"],
    ];
    if (found.last.error) rows.push([found.last.outcome === "held" ? "Held back" : "Failed", found.last.error]);
    if (!found.forgetsFlows) rows.push(["Old flows", CANNOT_FORGET]);
    for (const [label, value] of rows) print(`${label.padEnd(14)} ${value}`);
  },
};

const down: Command = {
  summary: "Take the tunnel and its rules down; the next run brings them back",
  usage: "[--interface <name>]",
  options: { interface: { type: "string" } },
  async run(input) {
    requireRoot();
    await withLock(input.stateDir, async (dir) => {
      const own = openGatewayDir(dir);
      const name = textOption(input, "interface") ? interfaceName(input) : readProgress(own).interfaceName;
      const enforcement = new Enforcement(name ?? DEFAULT_INTERFACE, openTunnelKey(own));
      await enforcement.remove();
      print(`${name ?? DEFAULT_INTERFACE} is down, and its rules are gone.`);
    });
  },
};

/** What follows `keyward-agent gateway`. */
export const gatewayCommands: Readonly<Record<string, Command>> = {
  "gateway enrol": gatewayEnrolCommand,
  "gateway run": run,
  "gateway status": status,
  "gateway down": down,
};
