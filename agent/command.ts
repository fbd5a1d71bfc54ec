import type { ParseArgsOptionsConfig } from "node:util";

/** What a command gets from the command line. */
export interface CommandInput {
  readonly stateDir: string;
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Command {
  /** One line for `help`. */
  readonly summary: string;
  /** What follows the command's name. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  /** @throws {AgentError} which becomes the exit code */
  run(input: CommandInput): Promise<void>;
}

export const textOption = ({ values }: CommandInput, name: string): string | undefined => {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
};

export const flagOption = ({ values }: CommandInput, name: string): boolean => values[name] === true;

/** Prints a line for the person at the terminal. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);
