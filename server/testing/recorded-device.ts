import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { Device } from "@/agent/device";
import { openStateDir } from "@/agent/state";
import { RecordedSystem } from "@/agent/testing/recorded-system";
import { keepTunnel } from "@/agent/tunnel/keep-tunnel";
import { tunnelDir } from "@/agent/tunnel/tunnel-state";
import { tunnelStatus } from "@/agent/tunnel/tunnel-status";
import { enrolledAgent } from "./enrolled-agent";
import type { TestDevice } from "./factories";
import { http } from "./http";

const API = "/api/agent/v1";

/** An enrolled device whose agent asks the handlers in this process, on a machine that writes down what it is to run. */
export class RecordedDevice {
  readonly system = new RecordedSystem();
  /** What it asked the server for, as method and path. */
  readonly asked: string[] = [];
  isServerAway = false;

  private constructor(
    readonly dir: string,
    readonly id: TestDevice["id"],
    readonly device: Device,
  ) {}

  /** What it fetches is led to the handlers until {@link RecordedDevice.dispose}. */
  static async enrol(): Promise<RecordedDevice> {
    const dir = openStateDir(mkdtempSync(join(tmpdir(), "keyward-tunnel-")));
    const { id, device } = await enrolledAgent(dir);
    const recorded = new RecordedDevice(dir, id, device);
    vi.stubGlobal("fetch", (url: URL, init: RequestInit) => recorded.fetch(url, init));
    return recorded;
  }

  get interfaceName(): string {
    return `kw-${this.id.slice(-8)}`;
  }

  /** Where the file for wg-quick is. */
  get conf(): string {
    return join(this.dir, tunnelDir, `${this.interfaceName}.conf`);
  }

  /** What its agent does for the tunnel in each round. */
  sync(): Promise<void> {
    return keepTunnel(this, { trigger: "schedule" });
  }

  status(): ReturnType<typeof tunnelStatus> {
    return tunnelStatus(this.dir, this.id, this.system);
  }

  dispose(): void {
    vi.unstubAllGlobals();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private fetch(url: URL, init: RequestInit): Promise<Response> {
    this.asked.push(`${init.method} ${url.pathname.replace(API, "")}`);
    return this.isServerAway ? Promise.reject(new Error("the server is away")) : http(new Request(url, init));
  }
}
