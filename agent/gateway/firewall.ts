import { createHash } from "node:crypto";
import { run, tryRun } from "@/agent/gateway/program";
import { type Ruleset, tableOf } from "@/agent/gateway/ruleset";
import { changeScript, loadScript } from "@/agent/gateway/ruleset-script";

const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

/** The gateway's table in nftables. What it was left like is remembered, so that a change is a small one. */
export class Firewall {
  private readonly table: string;
  /** Undefined when nobody can say what the table holds: then it is replaced. */
  private left: { readonly ruleset: Ruleset; readonly listing: string | undefined } | undefined;

  constructor(interfaceName: string) {
    this.table = tableOf(interfaceName);
  }

  /** Whether the table is, rule by rule, what we left: counters aside, since those move. */
  async isIntact(): Promise<boolean> {
    return this.left?.listing !== undefined && this.left.listing === (await this.listing());
  }

  /** Has nftables check the way to a ruleset, without taking it. @throws {ProgramError} */
  async prepare(next: Ruleset): Promise<void> {
    if (!(await this.isIntact())) this.left = undefined;
    const script = this.scriptTo(next);
    if (script !== "") await run("nft", ["-c", "-f", "-"], script);
  }

  /** Goes there, in one transaction. @throws {ProgramError} when everything is as it was */
  async enter(next: Ruleset): Promise<void> {
    const script = this.scriptTo(next);
    if (script === "") return;
    try {
      await run("nft", ["-f", "-"], script);
      this.left = { ruleset: next, listing: undefined };
    } catch (error) {
      this.left = undefined;
      throw error;
    }
  }

  /** Remembers what the table looks like now. */
  async seal(): Promise<void> {
    if (this.left?.listing === undefined && this.left) this.left = { ...this.left, listing: await this.listing() };
  }

  async remove(): Promise<void> {
    this.left = undefined;
    await run("nft", ["-f", "-"], `table inet ${this.table} {\n}\ndelete table inet ${this.table}\n`);
  }

  private scriptTo(next: Ruleset): string {
    return this.left ? changeScript(this.left.ruleset, next) : loadScript(next);
  }

  private async listing(): Promise<string | undefined> {
    const text = await tryRun("nft", ["-s", "list", "table", "inet", this.table]);
    return text === undefined ? undefined : digest(text);
  }
}
