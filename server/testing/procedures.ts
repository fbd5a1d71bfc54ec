import type { AnyProcedure } from "@trpc/server";
import type { z } from "zod";
import { appRouter } from "@/server/trpc/app";
import type { ProcedureMeta } from "@/server/trpc/init";

const isProcedure = (value: unknown): value is AnyProcedure => typeof value === "function" && "_def" in value;

export interface ProcedureInfo extends ProcedureMeta {
  /** As it is called, e.g. `users.list`. */
  path: string;
  type: "query" | "mutation" | "subscription";
  input: z.ZodType;
}

function infoOf(path: string, value: unknown): ProcedureInfo {
  if (!isProcedure(value)) throw new Error(`${path} is not a procedure`);
  const meta = value._def.meta as ProcedureMeta | undefined;
  if (!meta) throw new Error(`${path} was not made by expose()`);
  return { path, type: value._def.type, input: meta.operation.input, operation: meta.operation };
}

/** Every procedure there is; at run time the router keeps them flat, by their paths. */
export const procedures: readonly ProcedureInfo[] = Object.entries(appRouter._def.procedures).map(([path, value]) =>
  infoOf(path, value),
);
