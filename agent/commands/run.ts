import { type Command, print } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { log } from "@/agent/log";
import { runLoop } from "@/agent/loop";
import { pauseWithSignals } from "@/agent/signals";

export const runCommand: Command = {
  summary: "Stay in touch with the server until stopped; SIGHUP checks in at once",
  usage: "",
  options: {},
  async run({ stateDir }) {
    await withDevice(stateDir, async (device) => {
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
