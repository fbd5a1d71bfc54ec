import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** A program that said no; the message is what it said. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

const TIMEOUT_MS = 60_000;
const MAX_SAID = 1500;
const CUT = "\n…\n";
/** Where the tools of the network are, which the PATH of a service may leave out. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** In memory first: what is written may be a key, and a full disk must not keep rules from being changed. */
const SCRATCH = ["/dev/shm", tmpdir()] as const;

/**
 * What the program reads. A file without a name, because nft and wg open /dev/stdin anew, which the socket that Node
 * makes of a pipe does not let them.
 */
function openInput(input: string, [directory, ...others]: readonly string[] = SCRATCH): number {
  try {
    return openFile(join(directory ?? tmpdir(), `keyward-${randomUUID()}`), Buffer.from(input));
  } catch (error) {
    if (others.length === 0) throw error;
    return openInput(input, others);
  }
}

function openFile(path: string, bytes: Buffer): number {
  const descriptor = openSync(path, "wx+", 0o600);
  try {
    rmSync(path);
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * A text of at most so many letters: what is too long loses its middle, in whole lines where that leaves anything. Some
 * programs say first what went wrong, and some last.
 */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - CUT.length) / 2);
  const [first, last] = [text.slice(0, half), text.slice(-half)];
  return `${first.replace(/\n[^\n]*$/, "")}${CUT}${last.replace(/^[^\n]*\n/, "")}`;
}

function whyNot(program: string, error: unknown): string {
  if (!(error instanceof Error)) return `${program}: ${String(error)}`;
  if ("code" in error && error.code === "ENOENT") return `${program} is not installed on this machine`;
  return error.name === "AbortError" ? `${program} took too long` : `${program}: ${error.message}`;
}

async function finish(program: string, args: readonly string[], input: number | "ignore"): Promise<string> {
  const env = { ...process.env, LC_ALL: "C", KEYWARD_TOKEN: undefined, LOG_LEVEL: undefined };
  const child = spawn(program, [...args], {
    env: { ...env, PATH: `${process.env.PATH ?? ""}:${SYSTEM_PATH}` },
    stdio: [input, "pipe", "pipe"],
    // Not `timeout`, whose timer outlives a program that is not there.
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (!child.stdout || !child.stderr) throw new TypeError("the program's output is piped");
  const parts = Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const [code, out, err] = await parts.catch((error: unknown) => {
    throw new ProgramError(whyNot(program, error));
  });
  if (code === 0) return out;
  const said = shortened(err.trim() || out.trim(), MAX_SAID);
  throw new ProgramError(`${program} ${args[0] ?? ""}: ${said || `it ended with ${code ?? "a signal"}`}`);
}

/** Runs a program to its end, without a shell and in the C locale. @throws {ProgramError} */
export async function run(program: string, args: readonly string[], input?: string): Promise<string> {
  if (input === undefined) return finish(program, args, "ignore");
  const descriptor = openInput(input);
  try {
    return await finish(program, args, descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** {@link run}, where a failure is an answer as well: undefined. */
export async function tryRun(program: string, args: readonly string[], input?: string): Promise<string | undefined> {
  try {
    return await run(program, args, input);
  } catch (error) {
    if (error instanceof ProgramError) return undefined;
    throw error;
  }
}

/** What programs are run by: on this machine {@link thisMachine}, in a test a machine that is walled off. */
export interface Programs {
  readonly run: typeof run;
  readonly tryRun: typeof tryRun;
}

export const thisMachine: Programs = { run, tryRun };

/** Whether a machine has a program of this name, without running it. */
export const isInstalled = async (programs: Programs, name: string): Promise<boolean> =>
  (await programs.tryRun("sh", ["-c", 'command -v "$1"', "sh", name])) !== undefined;
