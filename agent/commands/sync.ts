import { Refused } from "@/agent/api";
import { type Command, print } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { Inventory } from "@/agent/facts/inventory";
import { rememberProblem } from "@/agent/remember";
import { runRound } from "@/agent/round";

export const syncCommand: Command = {
  summary: "Do one round now: check in, send facts, fetch and apply the desired state, report",
  usage: "",
  options: {},
  async run({ stateDir }) {
    const round = await withDevice(stateDir, async (device) => {
      try {
        return await runRound(device, new Inventory(), "manual");
      } catch (error) {
        rememberProblem(device, error);
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
