import { loadEnv } from "@/server/core/env";

/** Has the process believe it is reached at this address; `undefined` brings its own back. */
export function useAddress(url: string | undefined): void {
  const environment = url === undefined ? process.env : { ...process.env, KEYWARD_URL: url };
  Object.assign(globalThis, { [Symbol.for("keyward.env")]: loadEnv(environment) });
}
