import { randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import { randomToken } from "@/server/core/crypto";

const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 8;
const CHECK_LENGTH = 6;

/** `kw_<environment>_<8-char id>_<43-char secret><6-char check>`. This server issues live keys only. */
const FORM = /^kw_live_([a-z0-9]{8})_[A-Za-z0-9_-]{49}$/;

/** CRC-32 as six base64url characters: finds slips, so that they cost no look-up. It protects against nothing else. */
function checkOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString("base64url");
}

/** A fresh key: 256 random bits behind the id by which it is looked up. */
export function newKey(): { prefix: string; key: string } {
  const prefix = Array.from({ length: ID_LENGTH }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join("");
  const text = `kw_live_${prefix}_${randomToken()}`;
  return { prefix, key: text + checkOf(text) };
}

/** The id of what somebody presents, or `undefined` when it cannot be a key of ours: wrong form or wrong check. */
export function prefixOf(key: string): string | undefined {
  const prefix = FORM.exec(key)?.[1];
  const isIntact = checkOf(key.slice(0, -CHECK_LENGTH)) === key.slice(-CHECK_LENGTH);
  return isIntact ? prefix : undefined;
}
