import { type Command, print } from "@/agent/command";
import { withDevice } from "@/agent/device";
import { rotateKey } from "@/agent/rotation";
import { rotateTunnelKey } from "@/agent/tunnel/keep-tunnel";
import { thisSystem } from "@/agent/tunnel/system";

export const rotateKeyCommand: Command = {
  summary: "Replace this device's key now, and its tunnel's",
  usage: "",
  options: {},
  async run({ stateDir }) {
    await withDevice(stateDir, async (device) => {
      const before = device.key.kid;
      await rotateKey(device, "manual");
      print(`The key ${before} was replaced by ${device.key.kid}.`);
      if (await rotateTunnelKey({ device, system: thisSystem })) print("The tunnel has a new key as well.");
    });
  },
};
