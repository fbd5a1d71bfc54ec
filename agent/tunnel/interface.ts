import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import type { Change } from "@/agent/tunnel/change";
import type { System } from "@/agent/tunnel/system";
import { tunnelDir, writeTunnelFile } from "@/agent/tunnel/tunnel-state";

const familyOption = (network: string): string => (network.includes(":") ? "-6" : "-4");

/**
 * `wg syncconf` takes what the file does not say for unset: it would clear the mark by which a full tunnel's own
 * packets go around it, and move to another port.
 */
export const keeping = (stripped: string, { mark, port }: { mark: string; port: string }): string =>
  stripped.replace(/^\[Interface\]$/m, `[Interface]\nFwMark = ${mark}\nListenPort = ${port}`);

/** One interface of this machine, by way of wg-quick and wg. */
export class TunnelInterface {
  constructor(
    readonly system: System,
    private readonly dir: string,
    readonly name: string,
  ) {}

  private get file(): string {
    return join(this.dir, tunnelDir, `${this.name}.conf`);
  }

  async isUp(): Promise<boolean> {
    return (await this.system.tryRun("wg", ["show", this.name, "listen-port"])) !== undefined;
  }

  /** When the gateway was last heard, or null. */
  async lastHandshakeAt(): Promise<string | null> {
    const text = (await this.system.tryRun("wg", ["show", this.name, "latest-handshakes"])) ?? "";
    const latest = Math.max(0, ...text.split("\n").map((line) => Number(line.split("\t")[1] ?? 0)));
    return latest > 0 ? new Date(latest * 1000).toISOString() : null;
  }

  /** @throws {AgentError} when an interface of this name is somebody else's */
  requireOwn(): void {
    if (existsSync(this.file)) return;
    throw new AgentError(
      "failed",
      `There is an interface ${this.name} that this agent did not make`,
      "Remove it, or give another name with --interface.",
    );
  }

  async change(change: Change, text: string): Promise<void> {
    if (change.action === "nothing") return;
    if (change.action === "sync") return this.sync(change, text);
    // There is no tunnel for a moment: addresses, name servers and default routes are set up by `wg-quick up` only.
    if (change.action === "restart") await this.down();
    writeTunnelFile(this.dir, `${this.name}.conf`, text);
    // Where the kernel has no WireGuard, wg-quick starts wireguard-go.
    await this.system.run("wg-quick", ["up", this.file]);
  }

  /** Sessions go on. */
  private async sync({ addRoutes, removeRoutes }: Extract<Change, { action: "sync" }>, text: string): Promise<void> {
    const { system, name } = this;
    const mark = await system.run("wg", ["show", name, "fwmark"]);
    const port = await system.run("wg", ["show", name, "listen-port"]);
    writeTunnelFile(this.dir, `${name}.conf`, text);
    const stripped = await system.run("wg-quick", ["strip", this.file]);
    const config = keeping(stripped, { mark: mark.trim(), port: port.trim() });
    await system.run("wg", ["syncconf", name, "/dev/stdin"], config);
    for (const network of addRoutes) {
      await system.run("ip", [familyOption(network), "route", "replace", network, "dev", name]);
    }
    for (const network of removeRoutes) {
      // wg-quick makes none for a network inside another.
      await system.tryRun("ip", [familyOption(network), "route", "delete", network, "dev", name]);
    }
  }

  /** Ends the tunnel, with the file it was brought up by: only that says what else is to be undone. */
  async down(): Promise<void> {
    if (await this.isUp()) {
      this.requireOwn();
      await this.system.run("wg-quick", ["down", this.file]);
    }
    rmSync(this.file, { force: true });
  }
}
