import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClock } from "@/agent/clock";
import { Device, keyToEnrol, learned } from "@/agent/device";
import { meetServer, requestEnrolment } from "@/agent/enrol";
import { openStateDir, Progress, writeEnrolment } from "@/agent/state";
import { Peer } from "@/agent/testing/peer";

export interface Scene {
  readonly peer: Peer;
  readonly dir: string;
  /** Enrols, or opens anew what is enrolled already, as a restarted process would. */
  enrolled(): Promise<Device>;
  dispose(): Promise<void>;
}

/** A peer and an empty state directory. */
export async function createScene(): Promise<Scene> {
  const peer = new Peer();
  await peer.listen();
  const dir = openStateDir(mkdtempSync(join(tmpdir(), "keyward-agent-")));
  const enrolled = async () => {
    const key = keyToEnrol(dir);
    const clock = createClock();
    const url = new URL(peer.url);
    const server = await meetServer(url, clock);
    const result = await requestEnrolment(server, clock, { key, token: peer.token });
    const enrolment = {
      ...learned(result),
      url: url.origin,
      isServerPinned: false,
      firstAfterS: 0,
      tokenFile: null,
      enrolledAt: new Date().toISOString(),
    };
    writeEnrolment(dir, enrolment);
    return new Device(dir, { key, enrolment, progress: Progress.parse({ clockOffsetS: clock.offsetS }) });
  };
  const dispose = async () => {
    await peer.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { peer, dir, enrolled, dispose };
}
