import { createHmac } from "node:crypto";

/** Public and fixed on purpose: it separates Keyward's hashes from everyone else's, it does not hide the UUID. */
const DOMAIN = "keyward-hardware-v1";
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;
/** SMBIOS UUIDs that board vendors burnt into whole product lines. */
const JUNK = new Set([
  "03000200040005000006000700080009",
  "00020003000400050006000700080009",
  "12345678123412341234123456789abc",
  "123456781234567890abcddeefaabbcc",
  "4c4c454400002010802080c04f202020",
  "fefefefefefefefefefefefefefefefe",
]);

/** @returns an app-specific HMAC of a hardware UUID, base64url; undefined for one that identifies nothing */
export function hardwareHash(uuid: string): string | undefined {
  const text = uuid.trim().toLowerCase();
  if (!UUID.test(text)) return undefined;
  const digits = text.replaceAll("-", "");
  if (JUNK.has(digits) || /^(.)\1+$/.test(digits)) return undefined;
  return createHmac("sha256", DOMAIN).update(digits).digest("base64url");
}
