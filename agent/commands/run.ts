import { type Command, print, textOption } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { log } from "@/agent/log";
import { type Pause, runLoop } from "@/agent/loop";
import { chooseInterface } from "@/agent/tunnel/tunnel-state";

/** A pause that SIGHUP ends early, and SIGTERM or SIGINT for good. */
function pauseWithSignals(): { pause: Pause; dispose: () => void } {
  let isStopped = false;
  let finish: (end: "woken" | "stopped") => void = () => undefined;
  const stop = () => {
    isStopped = true;
    finish("stopped");
  };
  const wake = () => finish("woken");
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, stop);
  process.on("SIGHUP", wake);
  const pause: Pause = (seconds) =>
    new Promise((resolve) => {
      if (isStopped) return resolve("stopped");
      const timer = setTimeout(() => resolve("due"), seconds * 1000);
      finish = (end) => {
        clearTimeout(timer);
        resolve(end);
      };
    });
  const dispose = () => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, stop);
    process.off("SIGHUP", wake);
  };
  return { pause, dispose };
}

export const runCommand: Command = {
  summary: "Stay in touch with the server until stopped; SIGHUP checks in at once",
  usage: "[--interface <name>]",
  options: { interface: { type: "string" } },
  async run(input) {
    await withDevice(input.stateDir, async (device) => {
      chooseInterface(device.dir, textOption(input, "interface"));
      const { pause, dispose } = pauseWithSignals();
      log.info(`${device.enrolment.name} works for ${device.enrolment.url}`);
      try {
        await runLoop(device, pause);
      } finally {
        dispose();
      }
    });
    print("Stopped.");
  },
};
