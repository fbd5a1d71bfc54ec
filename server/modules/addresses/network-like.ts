import { isIP } from "node:net";

/**
 * What somebody who looks for an address may have typed, as a network: an address, a network, or the beginning of an
 * IPv4 address (`10.77.` is 10.77.0.0/16). `undefined` when it is none of them.
 */
export function networkLike(text: string): string | undefined {
  const [address = "", prefix] = text.split("/");
  const family = isIP(address);
  if (family) {
    if (prefix === undefined) return address;
    const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    return bits <= (family === 4 ? 32 : 128) ? text : undefined;
  }
  if (!/^\d{1,3}(\.\d{1,3}){0,2}\.$/.test(text)) return undefined;
  const octets = text.split(".").filter(Boolean);
  const start = [...octets, "0", "0", "0"].slice(0, 4).join(".");
  return isIP(start) ? `${start}/${octets.length * 8}` : undefined;
}
