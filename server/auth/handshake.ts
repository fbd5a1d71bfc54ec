import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestMeta } from "@/server/core/actor";
import type { TokenSource } from "./access-token";

/** What one pass through NextAuth's handlers knows and finds out, for the code NextAuth calls back into. */
export interface Handshake {
  readonly request: RequestMeta;
  readonly headers: Headers;
  /** Value of the device cookie, made up now when the browser had none. */
  readonly device: string;
  /** The session the handshake started. */
  started?: TokenSource;
  /** The session the handshake ended. */
  ended?: boolean;
  /** What NextAuth would turn into “signed out” or a redirect, such as an unreachable database. */
  failure?: unknown;
}

const storage = new AsyncLocalStorage<Handshake>();

export const runHandshake = <T>(handshake: Handshake, work: () => Promise<T>): Promise<T> =>
  storage.run(handshake, work);

/** @throws {Error} outside of a handshake */
export function currentHandshake(): Handshake {
  const handshake = storage.getStore();
  if (!handshake) throw new Error("Not in a sign-in handshake");
  return handshake;
}
