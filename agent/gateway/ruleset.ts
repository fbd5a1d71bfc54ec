import { foreignAddresses } from "@/agent/gateway/foreign-routes";
import { asNetwork, familyOf, parseNetwork } from "@/agent/gateway/networks";
import type { GatewayState, ProfileRule } from "@/server/modules/gateways/state.schema";

/** What nftables is to hold, in parts that can be compared. */
export interface Ruleset {
  readonly table: string;
  /** The sets and the chains that hang on hooks; a table in which they differ is replaced as a whole. */
  readonly base: string;
  /** The rules of each profile's chain. Its name is the hash of them, so a chain never changes. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** The chain that decides about what a device's address sends. */
  readonly devices: ReadonlyMap<string, string>;
}

/** A name that is safe in a path, in a script of nft and on a command line. */
export const INTERFACE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,14}$/;

/** A gateway's, unless it is told another. */
export const DEFAULT_INTERFACE = "kw0";

export const tableOf = (interfaceName: string): string => `keyward_${interfaceName}`;
export const mapOf = (address: string): string => `dev${familyOf(address)}`;

export function rulesetOf(state: GatewayState, interfaceName: string): Ruleset {
  const chain = (name: string) => `p_${name}`;
  return {
    table: tableOf(interfaceName),
    base: baseOf(state, interfaceName),
    chains: new Map(Object.entries(state.profiles).map(([name, rules]) => [chain(name), chainRules(rules)])),
    devices: new Map(Object.entries(state.deviceProfiles).map(([address, name]) => [address, chain(name)])),
  };
}

/** Whose each address is, by its network and the owner's public key. */
export type Owners = ReadonlyMap<string, string>;

/**
 * A ruleset without the addresses that change hands, told by the owner of each network before and after: until the
 * tunnel has followed, what they send is dropped.
 */
export function narrowed(next: Ruleset, before: Owners, after: Owners): Ruleset {
  const stays = (address: string) => {
    const owner = before.get(asNetwork(address));
    return owner !== undefined && owner === after.get(asNetwork(address));
  };
  return { ...next, devices: new Map([...next.devices].filter(([address]) => stays(address))) };
}

const chainRules = (rules: readonly ProfileRule[]): string[] => [...rules.flatMap(ruleLines), "counter drop"];

/** One line for each family a rule is about. */
function ruleLines({ destination, protocol, ports, verdict, policyId }: ProfileRule): string[] {
  const action = verdict === "allow" ? "accept" : "reject with icmpx admin-prohibited";
  return destinationMatches(destination).map(({ family, match }) =>
    [match, ...protocolMatch({ protocol, ports }, family), "counter", action, `comment "policy ${policyId}"`].join(" "),
  );
}

interface Match {
  readonly family: 4 | 6;
  readonly match: string;
}

function destinationMatches(destination: string): Match[] {
  if (destination === "internet") {
    return [
      { family: 4, match: "ip daddr != @private4" },
      { family: 6, match: "ip6 daddr != @private6" },
    ];
  }
  const network = parseNetwork(destination);
  if (!network) throw new TypeError(`${destination} was not checked`);
  const { family, prefix, text } = network;
  // nft drops a comparison with nothing, and the family with it.
  if (prefix === 0) return [{ family, match: `meta nfproto ipv${family}` }];
  return [{ family, match: `${family === 4 ? "ip" : "ip6"} daddr ${text}` }];
}

function protocolMatch({ protocol, ports }: Pick<ProfileRule, "protocol" | "ports">, family: 4 | 6): string[] {
  if (protocol === "any") return [];
  if (protocol === "icmp") return [`meta l4proto ${family === 4 ? "icmp" : "ipv6-icmp"}`];
  if (ports === null) return [`meta l4proto ${protocol}`];
  return [`${protocol} dport ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`}`];
}

function baseOf(state: GatewayState, name: string): string {
  const { gateway, privateNetworks } = state;
  const ofFamily = (family: 4 | 6) => privateNetworks.filter((network) => familyOf(network) === family);
  return `\
  set private4 {
    type ipv4_addr; flags interval; auto-merge${elements(ofFamily(4))}
  }
  set private6 {
    type ipv6_addr; flags interval; auto-merge${elements(ofFamily(6))}
  }
  chain forward {
    type filter hook forward priority filter; policy accept
    iifname != "${name}" oifname != "${name}" accept
    tcp flags syn / syn,rst tcp option maxseg size set rt mtu
    ct state invalid counter drop
    ct state established,related ct direction reply accept
    iifname "${name}" ip saddr vmap @dev4
    iifname "${name}" ip6 saddr vmap @dev6
    counter drop
  }
  chain input {
    type filter hook input priority filter; policy accept
    iifname != "${name}" accept
    ct state established,related ct direction reply accept
${lines(gateway.addresses.flatMap(inputRules))}
    counter drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept
${lines(gateway.masquerade ? masqueradeRules(state, name) : [])}
  }`;
}

const elements = (networks: readonly string[]): string =>
  networks.length === 0 ? "" : `; elements = { ${networks.join(", ")} }`;

const lines = (rules: readonly string[]): string => rules.map((rule) => `    ${rule}`).join("\n");

/** What devices may ask of the gateway itself: whether it is there, and names. */
function inputRules(text: string): string[] {
  const network = parseNetwork(text);
  if (!network) throw new TypeError(`${text} was not checked`);
  const { family, address } = network;
  const to = `${family === 4 ? "ip" : "ip6"} daddr ${address}`;
  const echo = family === 4 ? "icmp type echo-request accept" : "icmpv6 type echo-request accept";
  return [`${to} ${echo}`, `${to} udp dport 53 accept`, `${to} tcp dport 53 accept`];
}

/** Only what comes from devices and leaves the tunnel. */
function masqueradeRules(state: GatewayState, name: string): string[] {
  const own = state.gateway.addresses.map((address) => masqueradeRule(address, name));
  // Where it comes from is known here since Linux 5.7.
  const foreign = `iifname "${name}" oifname != "${name}" masquerade`;
  return foreignAddresses(state).length > 0 ? [...own, foreign] : own;
}

function masqueradeRule(text: string, name: string): string {
  const network = parseNetwork(text);
  if (!network) throw new TypeError(`${text} was not checked`);
  return `${network.family === 4 ? "ip" : "ip6"} saddr ${network.text} oifname != "${name}" masquerade`;
}
