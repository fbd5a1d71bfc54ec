import { decodeAddress, parseJson } from "@/server/core/client-text";
import { AppError } from "@/server/core/errors";

const MAX_BATCH = 20;
const MOUNT = "/api/trpc/";

/** What a request asks for: procedures by name, each with its input. */
export interface Calls {
  isBatch: boolean;
  paths: readonly string[];
  /** @throws {AppError} malformed */
  inputOf(index: number): unknown;
}

function namesOf(address: string, isBatch: boolean): string[] {
  const { pathname } = new URL(address);
  const names = decodeAddress(pathname.slice(MOUNT.length));
  return isBatch ? names.split(",") : [names];
}

const parsed = (text: string): unknown => (text === "" ? undefined : parseJson(text, "input"));

function atIndex(inputs: unknown, index: number): unknown {
  if (inputs === undefined) return undefined;
  if (typeof inputs !== "object" || inputs === null) throw new AppError("malformed", "A batch's input is an object.");
  return Object.hasOwn(inputs, index) ? (inputs as Record<number, unknown>)[index] : undefined;
}

/**
 * Reads tRPC's HTTP form: `/a.b?input=…` or, for several, `/a.b,c.d?batch=1&input={"0":…,"1":…}`. A POST has its input in
 * the body. Inputs are read when they are asked for: who may call comes first.
 * @throws {AppError} malformed, too-large
 */
export function readCalls(address: string, body: string | undefined): Calls {
  const query = address.indexOf("?");
  const search = new URLSearchParams(query === -1 ? "" : address.slice(query));
  const isBatch = search.get("batch") === "1";
  const paths = namesOf(address, isBatch);
  if (paths.length > MAX_BATCH) throw new AppError("too-large", `At most ${MAX_BATCH} calls go in one batch.`);
  const text = body ?? search.get("input") ?? "";
  return { isBatch, paths, inputOf: (index) => (isBatch ? atIndex(parsed(text), index) : parsed(text)) };
}
