import { AppError } from "./errors";

/** JSON as a client sent it; bytes must be UTF-8 (RFC 8259 §8.1). `name` is what it is called. @throws {AppError} malformed */
export function parseJson(sent: string | Uint8Array, name = "body"): unknown {
  try {
    const text =
      typeof sent === "string" ? sent : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(sent);
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("malformed", `The ${name} is not JSON.`, { cause });
  }
}

/** A part of an address, without its percent-encoding. @throws {AppError} malformed */
export function decodeAddress(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new AppError("malformed", "The address is not properly encoded.", { cause });
  }
}
