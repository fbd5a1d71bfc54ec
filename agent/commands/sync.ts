import { Refused } from "@/agent/api";
import { type Command, print, textOption } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { Inventory } from "@/agent/facts/inventory";
import { rememberProblem } from "@/agent/remember";
import { runRound } from "@/agent/round";
import { keepTunnel } from "@/agent/tunnel/keep-tunnel";
import { thisSystem } from "@/agent/tunnel/system";
import { chooseInterface } from "@/agent/tunnel/tunnel-state";

export const syncCommand: Command = {
  summary: "Do one round now: check in, send facts, fetch and apply the desired state, report",
  usage: "[--interface <name>]",
  options: { interface: { type: "string" } },
  async run(input) {
    const round = await withDevice(input.stateDir, async (device) => {
      chooseInterface(device.dir, textOption(input, "interface"));
      const work = { device, system: thisSystem };
      try {
        const done = await runRound(device, new Inventory(), "manual");
        await keepTunnel(work, { trigger: "manual" });
        return done;
      } catch (error) {
        rememberProblem(device, error);
        await keepTunnel(work, { trigger: "manual", error });
        if (error instanceof Refused && error.reaction === "poll") return undefined;
        throw error;
      }
    });
    if (round === undefined || round.status === "pending") {
      return print("Waiting for approval: approve the device in the console under Devices.");
    }
    if (round.isWiped) return print("The server had this device destroy its key. It can only be enrolled anew.");
    print(`Checked in: ${round.status}.`);
    if (round.sentFacts.length > 0) print(`Sent facts: ${round.sentFacts.join(", ")}.`);
    if (round.etag) print(`Desired state ${round.etag} ${round.isNewState ? "applied" : "is in force already"}.`);
  },
};
