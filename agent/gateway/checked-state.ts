import { createHash } from "node:crypto";
import { asNetwork, lengthOf, type Network, parseAddress, parseNetwork } from "@/agent/gateway/networks";
import { canonicalHash } from "@/server/core/canonical-hash";
import { GatewayState } from "@/server/modules/gateways/state.schema";

export type Checked =
  | { readonly ok: true; readonly etag: string; readonly state: GatewayState }
  | { readonly ok: false; readonly why: string };

/** What is wrong with a state, in words for the console. */
class Unacceptable extends Error {}

/**
 * Takes a state only as a whole: the bytes the ETag names, of the form agreed upon, and without a contradiction. What
 * comes out has every address in its one spelling, so that nothing else can end up in a program's input.
 */
export function checkState(bytes: Uint8Array, etag: string): Checked {
  try {
    if (etagOf(bytes) !== etag) throw new Unacceptable("Its bytes are not those that its ETag names");
    return { ok: true, etag, state: consistent(parse(bytes)) };
  } catch (error) {
    if (error instanceof Unacceptable) return { ok: false, why: error.message };
    throw error;
  }
}

export const etagOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The name a profile with these rules has to have. */
export const profileName = (rules: GatewayState["profiles"][string]): string =>
  Buffer.from(canonicalHash(rules), "base64url").toString("hex").slice(0, 16);

function parse(bytes: Uint8Array): GatewayState {
  const parsed = GatewayState.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Unacceptable(`It is not what this agent understands: ${issue?.path.join(".")}: ${issue?.message}`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new Unacceptable("It is not JSON");
  }
}

function consistent(state: GatewayState): GatewayState {
  const { counts, peers, profiles } = state;
  demand(counts.peers === peers.length, `It has ${peers.length} peers and says ${counts.peers}`);
  const profileCount = Object.keys(profiles).length;
  demand(counts.profiles === profileCount, `It has ${profileCount} profiles and says ${counts.profiles}`);
  return {
    ...state,
    gateway: { ...state.gateway, addresses: state.gateway.addresses.map(interfaceAddress) },
    privateNetworks: state.privateNetworks.map((network) => networkOf(network).text),
    peers: consistentPeers(state),
    profiles: Object.fromEntries(Object.entries(profiles).map(consistentProfile)),
    deviceProfiles: consistentDevices(state),
  };
}

function demand(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Unacceptable(why);
}

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  demand(network !== undefined, `${text} is not a network`);
  return network;
}

function interfaceAddress(text: string): string {
  const { address, prefix } = networkOf(text);
  return `${address}/${prefix}`;
}

function consistentPeers({ peers, gateway }: GatewayState): GatewayState["peers"] {
  const keys = new Set(peers.map(({ publicKey }) => publicKey));
  demand(keys.size === peers.length, "Two of its peers have the same key");
  const own = new Set(gateway.addresses.map((address) => asNetwork(networkOf(address).address)));
  const taken = new Set<string>();
  return peers.map((peer) => {
    const allowedIps = peer.allowedIps.map((text) => {
      const network = networkOf(text);
      demand(network.prefix === lengthOf[network.family], `${text} of a peer is not a single address`);
      demand(!own.has(network.text), `A peer has ${network.text}, which is the gateway's own`);
      demand(!taken.has(network.text), `Two of its peers have ${network.text}`);
      taken.add(network.text);
      return network.text;
    });
    return { ...peer, allowedIps };
  });
}

function consistentProfile([name, rules]: [string, GatewayState["profiles"][string]]) {
  demand(profileName(rules) === name, `The profile ${name} is not what its name says`);
  const canonical = rules.map((rule) => {
    const { ports, protocol, destination } = rule;
    if (ports !== null) {
      demand(protocol === "tcp" || protocol === "udp", `A rule of the profile ${name} has ports for ${protocol}`);
      demand(ports.from <= ports.to, `A rule of the profile ${name} has ports from ${ports.from} to ${ports.to}`);
    }
    return { ...rule, destination: destination === "internet" ? destination : networkOf(destination).text };
  });
  return [name, canonical] as const;
}

function consistentDevices({ deviceProfiles, profiles }: GatewayState): GatewayState["deviceProfiles"] {
  const devices = new Map<string, string>();
  for (const [text, name] of Object.entries(deviceProfiles)) {
    const found = parseAddress(text);
    demand(found !== undefined, `${text} is not an address`);
    demand(!devices.has(found.address), `${found.address} has two profiles`);
    demand(Object.hasOwn(profiles, name), `${text} has the profile ${name}, which is missing`);
    devices.set(found.address, name);
  }
  return Object.fromEntries(devices);
}
