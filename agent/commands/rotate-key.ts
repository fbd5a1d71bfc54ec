import { type Command, print } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { rotateKey } from "@/agent/rotation";

export const rotateKeyCommand: Command = {
  summary: "Replace this device's key now",
  usage: "",
  options: {},
  async run({ stateDir }) {
    await withDevice(stateDir, async (device) => {
      const before = device.key.kid;
      await rotateKey(device, "manual");
      print(`The key ${before} was replaced by ${device.key.kid}.`);
    });
  },
};
