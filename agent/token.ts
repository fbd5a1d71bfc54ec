import { readFileSync } from "node:fs";
import { AgentError } from "@/agent/agent-error";

const TOKEN = /^(?:[0-9A-Fa-f]-?){15}[0-9A-Fa-f]$/;

export interface TokenSource {
  readonly token: string | undefined;
  /** A path of `--token-file`; "-" is standard input. */
  readonly tokenFile: string | undefined;
}

/** Reads the enrolment token from where it was put: the option, a file, standard input or KEYWARD_TOKEN. */
export function readToken({ token, tokenFile }: TokenSource, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const text = tokenFile === undefined ? (token ?? env.KEYWARD_TOKEN) : readSource(tokenFile);
  const trimmed = text?.trim();
  if (!trimmed) return undefined;
  if (TOKEN.test(trimmed)) return trimmed;
  // The text is not repeated: it may be a real secret of something else.
  throw new AgentError("usage", "That is not an enrolment token", "A token is 16 hexadecimal digits, dashes allowed.");
}

function readSource(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8");
  } catch {
    throw new AgentError("usage", `No token can be read from ${path === "-" ? "standard input" : path}`);
  }
}
