import { families } from "@/agent/gateway/networks";
import { mapOf, type Ruleset } from "@/agent/gateway/ruleset";

const addressTypes = { 4: "ipv4_addr", 6: "ipv6_addr" } as const;

/** Replaces the table by this one, in one transaction, whether it is there or not. */
export function loadScript({ table, base, chains, devices }: Ruleset): string {
  const chainTexts = [...chains].map(([name, rules]) => `  chain ${name} {\n${rules.map(indented).join("\n")}\n  }`);
  const maps = families.map((family) => {
    const entries = [...devices].filter(([address]) => mapOf(address) === `dev${family}`).map(entry);
    const elements = entries.length === 0 ? "" : `; elements = { ${entries.join(", ")} }`;
    return `  map dev${family} {\n    type ${addressTypes[family]} : verdict${elements}\n  }`;
  });
  const body = [...chainTexts, ...maps, base].join("\n");
  return `table inet ${table} {\n}\ndelete table inet ${table}\ntable inet ${table} {\n${body}\n}\n`;
}

const indented = (rule: string): string => `    ${rule}`;
const entry = ([address, chain]: readonly [string, string]): string => `${address} : goto ${chain}`;

/**
 * Makes of a table that holds `previous` one that holds `next`, in one transaction that touches only what differs.
 * @returns "" if nothing does
 */
export function changeScript(previous: Ruleset, next: Ruleset): string {
  if (previous.table !== next.table || previous.base !== next.base) return loadScript(next);
  const { table } = next;
  const newChains = [...next.chains].filter(([name]) => !previous.chains.has(name));
  const oldChains = [...previous.chains.keys()].filter((name) => !next.chains.has(name));
  const gone = [...previous.devices].filter(([address, chain]) => next.devices.get(address) !== chain);
  const come = [...next.devices].filter(([address, chain]) => previous.devices.get(address) !== chain);
  const script = [
    ...newChains.flatMap(([name, rules]) => [
      `add chain inet ${table} ${name}`,
      ...rules.map((rule) => `add rule inet ${table} ${name} ${rule}`),
    ]),
    ...ofMaps(gone, ([address]) => address).map(([map, list]) => `delete element inet ${table} ${map} { ${list} }`),
    ...ofMaps(come, entry).map(([map, list]) => `add element inet ${table} ${map} { ${list} }`),
    ...oldChains.map((name) => `delete chain inet ${table} ${name}`),
  ];
  return script.map((line) => `${line}\n`).join("");
}

type Element = readonly [address: string, chain: string];

/** The elements of each map, written the way `write` does; maps without any are left out. */
function ofMaps(devices: readonly Element[], write: (device: Element) => string): [string, string][] {
  return families.flatMap((family): [string, string][] => {
    const map = `dev${family}`;
    const texts = devices.filter(([address]) => mapOf(address) === map).map(write);
    return texts.length === 0 ? [] : [[map, texts.join(", ")]];
  });
}
