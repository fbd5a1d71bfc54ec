import { Device } from "@/agent/device";
import { Progress } from "@/agent/state";
import { env } from "@/server/core/env";
import { serverKeys } from "@/server/core/server-keys";
import * as factories from "./factories";

/** An active device whose agent keeps its state in `dir`; what it fetches has to be led to the handlers. */
export async function enrolledAgent(dir: string): Promise<{ id: factories.TestDevice["id"]; device: Device }> {
  const { id, client } = await factories.device();
  const { kid, jwk, privateKey } = client.keys;
  const enrolment = {
    url: env().KEYWARD_URL,
    deviceId: id,
    name: "web-01",
    status: "active" as const,
    tags: [],
    serverKeys: serverKeys().map((key) => key.jwk),
    isServerPinned: true,
    rotateAfter: "2099-01-01T00:00:00.000Z",
    intervalS: 60,
    jitterPct: 10,
    firstAfterS: 0,
    tokenFile: null,
    enrolledAt: new Date().toISOString(),
  };
  const progress = Progress.parse({});
  return { id, device: new Device(dir, { key: { kid, jwk, key: privateKey }, enrolment, progress }) };
}
