import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { TOOLS_ENV } from "../../scripts/lib/network-tools.mjs";

const isRoot = process.getuid?.() === 0;

/** Namespaces of one's own for what `unshare` runs in them. Who is not root needs users of their own, and is root there. */
export const UNSHARE: readonly string[] = isRoot ? ["-nm"] : ["-Urnm"];

/**
 * Waits for its standard input to end, which it does when we end, however we do, and then ends all that runs in the
 * network namespaces that were made in here. /run is its own, where those have their names and wireguard-go its sockets.
 */
const HOLD = `
mount -t tmpfs none /run
mkdir /run/netns
trap "" INT TERM HUP
: > "$1"
cat > /dev/null
for name in $(ls /run/netns); do ip netns pids "$name"; done | xargs -r kill -9
`;

const WAIT = `
tries=0
until [ -e "$1" ] || [ $((tries += 1)) -gt 1000 ]; do sleep 0.01; done
test -e "$1"
`;

/** Where network namespaces are made that nobody else on the machine sees. */
export class Sandbox {
  private readonly holder: ChildProcess;

  /** @param scratch a directory in which nobody else writes */
  constructor(scratch: string) {
    const ready = join(scratch, "ready");
    this.holder = spawn("unshare", [...UNSHARE, "sh", "-ec", HOLD, "sh", ready], {
      env: TOOLS_ENV,
      stdio: ["pipe", "ignore", "inherit"],
      // What ends us ends it by the end of its input, so that it can still clean up.
      detached: true,
    });
    this.holder.unref();
    execFileSync("sh", ["-c", WAIT, "sh", ready]);
  }

  /** What comes before a program's name to run it in here, in the network namespace of this name if it has one. */
  command(name?: string): readonly [program: string, ...args: string[]] {
    const { pid } = this.holder;
    const users = isRoot ? [] : ["-U", "--preserve-credentials"];
    const network = name === undefined ? "-n" : `--net=/proc/${pid}/root/run/netns/${name}`;
    return ["nsenter", "-t", String(pid), ...users, "-m", network, `--wd=${process.cwd()}`];
  }

  /** Runs a program in here and demands that it succeeds. */
  run(...args: string[]): string {
    const [program, ...rest] = this.command();
    return execFileSync(program, [...rest, ...args], { env: TOOLS_ENV, encoding: "utf8", stdio: "pipe" });
  }

  dispose(): void {
    this.holder.stdin?.destroy();
  }
}
