import { parseArgs } from "node:util";
import { toAgentError } from "@/agent/advice";
import { AgentError, exitCodes } from "@/agent/agent-error";
import { type Command, print } from "@/agent/command";
import { enrolCommand } from "@/agent/commands/enrol";
import { gatewayCommands } from "@/agent/commands/gateway";
import { rotateKeyCommand } from "@/agent/commands/rotate-key";
import { runCommand } from "@/agent/commands/run";
import { statusCommand } from "@/agent/commands/status";
import { syncCommand } from "@/agent/commands/sync";
import { unenrolCommand } from "@/agent/commands/unenrol";
import { defaultStateDir } from "@/agent/state";
import { version } from "@/package.json";

const commands: Readonly<Record<string, Command>> = {
  enrol: enrolCommand,
  run: runCommand,
  sync: syncCommand,
  status: statusCommand,
  "rotate-key": rotateKeyCommand,
  unenrol: unenrolCommand,
  ...gatewayCommands,
};

const commonOptions = { "state-dir": { type: "string" }, help: { type: "boolean", short: "h" } } as const;

function printHelp(): void {
  print("Usage: keyward-agent <command> [options]\n\nCommands:");
  for (const [name, { summary, usage }] of Object.entries(commands)) {
    print(`  ${[name, usage].filter(Boolean).join(" ")}\n      ${summary}`);
  }
  print("  version\n  help\n\nEvery command takes --state-dir <directory> (or KEYWARD_AGENT_STATE).");
  print("A token may also be given in KEYWARD_TOKEN; on the command line other users can see it.");
}

function parse(args: readonly string[], command: Command) {
  try {
    const options = { ...commonOptions, ...command.options };
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new AgentError("usage", error instanceof Error ? error.message : String(error), "See: keyward-agent help");
  }
}

/** The commands of a gateway have two words, so that they stand together. */
function split([first = "help", ...rest]: readonly string[]): { name: string; args: readonly string[] } {
  const [second] = rest;
  if (first !== "gateway" || second === undefined) return { name: first, args: rest };
  return { name: `${first} ${second}`, args: rest.slice(1) };
}

async function main(words: readonly string[]): Promise<void> {
  const { name, args } = split(words);
  if (name === "help" || name === "--help" || name === "-h") return printHelp();
  if (name === "version" || name === "--version") return print(version);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new AgentError("usage", `There is no command ${name}`, "See: keyward-agent help");
  const { positionals, values } = parse(args, command);
  if (values.help === true) return print(`Usage: keyward-agent ${name} ${command.usage}\n${command.summary}`);
  const stateDir = values["state-dir"];
  const role = Object.hasOwn(gatewayCommands, name) ? "gateway" : "agent";
  await command.run({ positionals, values, stateDir: typeof stateDir === "string" ? stateDir : defaultStateDir(role) });
}

// Whoever read the output may be gone; that is no reason to stop working.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  const error = toAgentError(thrown);
  process.stderr.write(`keyward-agent: ${error.message}\n${error.hint ? `${error.hint}\n` : ""}`);
  process.exitCode = exitCodes[error.kind];
}
