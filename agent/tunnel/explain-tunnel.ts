import { toAgentError } from "@/agent/advice";
import { ProgramError } from "@/agent/gateway/program";

/** wg-quick tells all it does before it says what went wrong. */
const isTrace = (line: string): boolean => /\[[#!]\]|^[┌│└]/.test(line);

/** What went wrong with a tunnel, in words for `status`. */
export function explainTunnel(error: unknown): string {
  const { message, hint } = toAgentError(error);
  if (!(error instanceof ProgramError)) return hint === undefined ? message : `${message}. ${hint}`;
  const said = message.split("\n").filter((line) => !isTrace(line));
  return said.join(" ") || message;
}
