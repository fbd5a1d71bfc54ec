import { z } from "zod";
import { gathered } from "@/server/core/gathered";
import { DeviceId } from "@/server/core/ids";
import { command } from "@/server/core/operation";
import { systemCaller } from "@/server/core/system-caller";
import { noteHeard } from "./agent.repo";

const Heard = z.object({ thumbprint: z.string(), ip: z.string().nullable() });
/** With which key, and from where. */
type Heard = z.infer<typeof Heard>;

const recordHeard = command({
  permission: "system",
  unaudited: "A sign of life is no change",
  input: z.map(DeviceId, Heard),
  output: z.void(),
  run: ({ tx }, heard) => noteHeard(tx, heard),
});

/** Notes that a device checked in that has nothing new to say. */
export const heard = gathered<DeviceId, Heard>({
  what: "signs of life of devices",
  async write(noted) {
    await recordHeard.execute(systemCaller("presence"), new Map(noted));
  },
});
