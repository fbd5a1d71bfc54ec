import { initTRPC, TRPCError, type TRPCMutationProcedure, type TRPCQueryProcedure } from "@trpc/server";
import { z } from "zod";
import { AppError, type ProblemCode, problems, toAppError } from "@/server/core/errors";
import type { SessionId, UserId } from "@/server/core/ids";
import type { Caller, Operation } from "@/server/core/operation";

interface StartedSession {
  sessionId: SessionId;
  userId: UserId;
}

export interface TrpcContext {
  caller: Caller;
  /** Puts the cookies of a session this request created onto the answer; absent where there is no answer to put them on. */
  adoptSession?: (started: StartedSession) => Promise<void>;
  /** Has the browser forget the session and all it kept of it. */
  leave?: () => void;
}

/** What the access test reads off every procedure. */
export interface ProcedureMeta {
  operation: Pick<Operation, "kind" | "permission" | "stepUp" | "input">;
}

/** How tRPC itself refuses what never reaches an operation; anything else is malformed. */
const OWN_REFUSALS: Partial<Record<TRPCError["code"], ProblemCode>> = {
  NOT_FOUND: "not-found",
  METHOD_NOT_SUPPORTED: "method-not-allowed",
  PAYLOAD_TOO_LARGE: "too-large",
  UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
};

/** The refusal behind anything a procedure throws. */
export function refusalOf(error: unknown): AppError {
  if (!(error instanceof TRPCError)) return toAppError(error);
  const { cause, code } = error;
  const isTold = cause instanceof AppError || cause instanceof TRPCError || cause instanceof z.ZodError;
  if (isTold || code === "INTERNAL_SERVER_ERROR") return refusalOf(cause);
  return new AppError(OWN_REFUSALS[code] ?? "malformed", undefined, { cause: error });
}

const t = initTRPC
  .context<TrpcContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    errorFormatter({ shape, error, ctx }) {
      const refused = refusalOf(error);
      return {
        ...shape,
        message: refused.message,
        data: {
          code: refused.code,
          httpStatus: problems[refused.code].status,
          fields: refused.fields,
          requestId: ctx?.caller.request.id,
        },
      };
    },
  });

export const { router, createCallerFactory } = t;

function asTrpcError(thrown: unknown): TRPCError {
  const refused = toAppError(thrown);
  return new TRPCError({ code: problems[refused.code].trpc, message: refused.message, cause: refused });
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw asTrpcError(thrown);
  }
}

interface ExposeOptions<Output> {
  /** The session the command started in place of the caller's own; its cookies go onto the answer. */
  adopts?: (output: Output) => StartedSession;
  /** The command ends the caller's own session. */
  leaves?: true;
}

export function expose<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<"query", I, O>,
): TRPCQueryProcedure<{ input: z.input<I>; output: z.output<O>; meta: ProcedureMeta }>;
export function expose<I extends z.ZodType, O extends z.ZodType>(
  operation: Operation<"command", I, O>,
  options?: ExposeOptions<z.output<O>>,
): TRPCMutationProcedure<{ input: z.input<I>; output: z.output<O>; meta: ProcedureMeta }>;
/** An operation as a tRPC procedure: who may call it is decided before its input is looked at. */
export function expose(operation: Operation, options: ExposeOptions<never> = {}): unknown {
  const run = async (ctx: TrpcContext, rawInput: () => Promise<unknown>) => {
    await operation.authorise(ctx.caller);
    const output = await operation.execute(ctx.caller, await operation.input.parseAsync(await rawInput()));
    if (options.adopts) await ctx.adoptSession?.(options.adopts(output as never));
    if (options.leaves) ctx.leave?.();
    return output;
  };
  // One step for all of it: every further one costs as much as a small operation.
  const procedure = t.procedure
    .meta({ operation })
    .use(async ({ ctx, getRawInput, next }) => next({ input: await translated(() => run(ctx, getRawInput)) }));
  const resolve = ({ input }: { input: unknown }) => input;
  return operation.kind === "query" ? procedure.query(resolve) : procedure.mutation(resolve);
}
