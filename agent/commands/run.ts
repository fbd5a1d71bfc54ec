import { type Command, print, textOption } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { log } from "@/agent/log";
import { runLoop } from "@/agent/loop";
import { pauseWithSignals } from "@/agent/signals";
import { chooseInterface } from "@/agent/tunnel/tunnel-state";

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
