import type { IssuedTunnel } from "@/server/modules/tunnels/schema";
import type { MadeProfile } from "./profile-dialog";
import { generateKeyPair } from "./wireguard-keys";

type Answer = Pick<IssuedTunnel, "profile" | "presharedKey"> & { tunnel: { deviceName: string } };

/**
 * Makes a key pair here, has the server make a tunnel for its public half, and puts the two together. Where the device
 * has a key, its public half is what the tunnel is for, and the private one is the device's.
 */
export async function makeProfile(
  ask: (publicKey: string) => Promise<Answer>,
  devicesKey?: string,
): Promise<MadeProfile> {
  const { privateKey, publicKey } = devicesKey ? { privateKey: null, publicKey: devicesKey } : await generateKeyPair();
  const { tunnel, profile, presharedKey } = await ask(publicKey);
  return { deviceName: tunnel.deviceName, profile, presharedKey, privateKey };
}
