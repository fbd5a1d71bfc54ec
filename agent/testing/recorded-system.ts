import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ProgramError } from "@/agent/gateway/program";
import type { System } from "@/agent/tunnel/system";

/** A machine that writes down what it is asked to run, and knows of its interfaces only which are there. */
export class RecordedSystem implements System {
  readonly calls: string[] = [];
  readonly up = new Set<string>();
  /** What it has besides wg and wg-quick. */
  readonly installed = new Set<string>();
  why: string | undefined;
  /** What wg-quick is to say instead of doing what it is told. */
  failure: string | undefined;
  /** What resolvconf, and so wg-quick, or resolvectl is to say instead of setting name servers. */
  nameFailure: string | undefined;

  /** The calls since the last time, but for those that only look. */
  done(): string[] {
    return this.calls.splice(0).filter((call) => !/^(wg show|sh) /.test(call));
  }

  async run(program: string, args: readonly string[]): Promise<string> {
    const [verb, name = ""] = args;
    const own = /([^/]+)\.conf$/.exec(name)?.[1] ?? name;
    this.calls.push([program, ...args.map((word) => word.replace(/^\/.*\//, ""))].join(" "));
    if (program === "wg" && verb === "show") {
      if (!this.up.has(own)) throw new ProgramError(`wg show: Unable to access interface ${own}`);
      return args[2] === "latest-handshakes" ? "key\t1767225600\n" : "off\n";
    }
    if (program === "sh" && !this.installed.has(args.at(-1) ?? "")) throw new ProgramError("sh: it ended with 127");
    if (program === "resolvectl" && this.nameFailure) throw new ProgramError(`resolvectl: ${this.nameFailure}`);
    if (program === "wg-quick") this.quick(verb, name);
    return "";
  }

  async tryRun(program: string, args: readonly string[]): Promise<string | undefined> {
    return this.run(program, args).catch(() => undefined);
  }

  async obstacle(): Promise<string | undefined> {
    return this.why;
  }

  private quick(verb: string | undefined, file: string): void {
    const name = basename(file, ".conf");
    const isNamed = verb === "up" && readFileSync(file, "utf8").includes("\nDNS = ");
    if (isNamed && !this.installed.has("resolvconf")) throw new ProgramError("resolvconf: command not found");
    const failure = this.failure ?? (isNamed ? this.nameFailure : undefined);
    if (failure) throw new ProgramError(`wg-quick ${verb}: [#] ip link add ${name}\n${failure}`);
    if (verb === "up") this.up.add(name);
    if (verb === "down") this.up.delete(name);
  }
}
