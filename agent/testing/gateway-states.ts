import { profileName } from "@/agent/gateway/checked-state";
import type { GatewayState, ProfileRule } from "@/server/modules/gateways/state.schema";

export interface TestDevice {
  readonly publicKey: string;
  readonly addresses: readonly string[];
  /** Undefined: a peer whose address has no profile. */
  readonly rules: readonly ProfileRule[] | undefined;
  readonly notAfter?: number;
  readonly presharedKey?: string;
}

export const PRIVATE_NETWORKS = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

const POLICY = "0190a000-0000-7000-8000-000000000001";

/** A rule about everything a destination is, unless it says otherwise. */
export const rule = (
  verdict: ProfileRule["verdict"],
  destination: string,
  rest: Partial<Pick<ProfileRule, "protocol" | "ports" | "policyId">> = {},
): ProfileRule => ({ destination, verdict, protocol: "any", ports: null, policyId: POLICY, ...rest });

/** A consistent state of these devices. */
export function stateOf(devices: readonly TestDevice[], gateway: Partial<GatewayState["gateway"]> = {}): GatewayState {
  const lengthOf = (address: string) => (address.includes(":") ? 128 : 32);
  const peers = devices.map(({ publicKey, addresses, notAfter, presharedKey }) => ({
    publicKey,
    presharedKey: presharedKey ?? null,
    allowedIps: addresses.map((address) => `${address}/${lengthOf(address)}`),
    notAfter: notAfter ?? null,
  }));
  const profiles: GatewayState["profiles"] = {};
  const deviceProfiles: Record<string, string> = {};
  for (const { addresses, rules } of devices) {
    if (!rules) continue;
    const name = profileName([...rules]);
    profiles[name] = [...rules];
    for (const address of addresses) deviceProfiles[address] = name;
  }
  return {
    schema: 1,
    gateway: {
      id: "0190a000-0000-7000-8000-0000000000aa",
      listenPort: 51820,
      addresses: ["10.77.0.1/16"],
      mtu: 1420,
      masquerade: false,
      ...gateway,
    },
    privateNetworks: PRIVATE_NETWORKS,
    peers,
    profiles,
    deviceProfiles,
    counts: { peers: peers.length, profiles: Object.keys(profiles).length },
    isMassRemovalAllowed: false,
  };
}
