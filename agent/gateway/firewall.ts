import { createHash } from "node:crypto";
import type { Programs } from "@/agent/gateway/program";
import { type Ruleset, tableOf } from "@/agent/gateway/ruleset";
import { changeScript, loadScript } from "@/agent/gateway/ruleset-script";

const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

interface Left {
  readonly ruleset: Ruleset;
  /** The chain that everything passes, by rule and handle: cheap to look at, and nobody flushes the table around it. */
  readonly gate: string | undefined;
  /** The whole table, once it was looked at since the last change. */
  readonly listing: string | undefined;
}

/** The gateway's table in nftables. What it was left like is remembered, so that a change is a small one. */
export class Firewall {
  private readonly table: string;
  /** Undefined when nobody can say what the table holds: then it is replaced. */
  private left: Left | undefined;

  constructor(
    interfaceName: string,
    private readonly programs: Programs,
  ) {
    this.table = tableOf(interfaceName);
  }

  /**
   * Whether the table is what we left. `gate` looks at the chain that decides; `whole` at every rule and device, which
   * takes a second where there are thousands, and only compares with what it saw last time.
   */
  async isIntact(part: "gate" | "whole"): Promise<boolean> {
    if (this.left?.gate === undefined || this.left.gate !== (await this.gate())) return false;
    if (part === "gate") return true;
    const listing = await this.list("table");
    if (this.left.listing === undefined) this.left = { ...this.left, listing };
    return this.left.listing === listing;
  }

  /** Says that somebody else has been at the table. */
  forget(): void {
    this.left = undefined;
  }

  /** Has nftables check the way to a ruleset, without taking it. @throws {ProgramError} */
  async prepare(next: Ruleset): Promise<void> {
    if (this.left && this.left.gate !== (await this.gate())) this.left = undefined;
    if (
      this.left &&
      (await this.programs.tryRun("nft", ["-c", "-f", "-"], changeScript(this.left.ruleset, next))) !== undefined
    )
      return;
    this.left = undefined;
    await this.programs.run("nft", ["-c", "-f", "-"], loadScript(next));
  }

  /** Goes there, in one transaction. @throws {ProgramError} when everything is as it was */
  async enter(next: Ruleset): Promise<void> {
    const { left } = this;
    const script = left ? changeScript(left.ruleset, next) : loadScript(next);
    if (script === "") return;
    this.left = undefined;
    await this.programs.run("nft", ["-f", "-"], script);
    const isSameGate = left?.ruleset.base === next.base;
    this.left = { ruleset: next, gate: isSameGate ? left.gate : await this.gate(), listing: undefined };
  }

  async remove(): Promise<void> {
    this.left = undefined;
    await this.programs.run("nft", ["-f", "-"], `table inet ${this.table} {\n}\ndelete table inet ${this.table}\n`);
  }

  private gate(): Promise<string | undefined> {
    return this.list("chain", "forward");
  }

  private async list(kind: "table" | "chain", ...name: string[]): Promise<string | undefined> {
    const text = await this.programs.tryRun("nft", ["-s", "-a", "list", kind, "inet", this.table, ...name]);
    return text === undefined ? undefined : digest(text);
  }
}
