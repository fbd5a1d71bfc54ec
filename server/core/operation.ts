import type { z } from "zod";
import type { Actor, ApiKeyActor, RequestMeta } from "./actor";
import { type AuditEntry, recordAudit } from "./audit-trail";
import { type Clock, systemClock } from "./clock";
import { type Reader, read, rowContext, type Scope, type Tx, transact } from "./database";
import { AppError } from "./errors";
import type { Permission } from "./permissions";
import { requireStepUp, type StepUp } from "./step-up";

/** Who may run an operation: holders of a permission, or one of the kinds of caller that need none. */
export type Access = Permission | "anyone" | "signed-in" | "device" | "system";

/** Who asks, from where, and what time it is. Adapters (tRPC, HTTP, agent, jobs) make one per request. */
export interface Caller {
  readonly actor: Actor;
  readonly request: RequestMeta;
  readonly clock?: Clock;
}

interface Context {
  readonly actor: Actor;
  readonly request: RequestMeta;
  now(): Date;
}

/** What a command's `run` works with. `audit` must be called at least once, or the command is rolled back. */
export interface CommandContext extends Context {
  readonly tx: Tx;
  audit(entry: AuditEntry): void;
}

export interface QueryContext extends Context {
  readonly reader: Reader;
}

interface Definition<Input extends z.ZodType, Output extends z.ZodType> {
  permission: Access;
  input: Input;
  output: Output;
  /** Overrides whose rows are visible; follows from the permission when absent. */
  scope?: Scope;
}

interface CommandDefinition<Input extends z.ZodType, Output extends z.ZodType> extends Definition<Input, Output> {
  /** Why this command may leave no audit row, if so. */
  unaudited?: string;
  /** How lately a person who calls it must have given the password. */
  stepUp?: StepUp;
  /** What must not hold a connection, such as taking from a budget: before the transaction begins. */
  before?(context: Context): Promise<void>;
  /** To refuse and keep what was audited, it returns the refusal instead of throwing it. */
  run(context: CommandContext, input: z.output<Input>): Promise<z.input<Output> | AppError>;
}

interface QueryDefinition<Input extends z.ZodType, Output extends z.ZodType> extends Definition<Input, Output> {
  /** Whether all that it reads is of one moment, also over several statements. */
  isSnapshot?: boolean;
  run(context: QueryContext, input: z.output<Input>): Promise<z.input<Output>>;
}

export interface Operation<
  Kind extends "command" | "query" = "command" | "query",
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  readonly kind: Kind;
  readonly permission: Access;
  readonly input: Input;
  readonly output: Output;
  readonly unaudited: string | undefined;
  readonly stepUp: StepUp | undefined;
  /** Refuses, and records the refusal, unless the caller may run this. @throws {AppError} unauthenticated, forbidden */
  authorise(caller: Caller): Promise<void>;
  /** Checks the caller, then runs; the input is already parsed. */
  execute(caller: Caller, input: z.output<Input>): Promise<z.output<Output>>;
}

function refusal(access: Access, actor: Actor): AppError | undefined {
  if (access === "anyone" || actor.kind === "system") return undefined;
  if (access === "device") return actor.kind === "device" ? undefined : new AppError("unauthenticated");
  if (access === "system") return new AppError("forbidden");
  if (actor.kind === "api_key") return refusalOfKey(access, actor);
  if (actor.kind !== "user") return new AppError("unauthenticated");
  if (access === "signed-in" || actor.permissions.has(access)) return undefined;
  return new AppError("forbidden", `You need the permission “${access}” for this. Ask an administrator.`);
}

/** What needs a person's session, such as making keys, no key can do, whatever its scopes. */
function refusalOfKey(access: Permission | "signed-in", { permissions }: ApiKeyActor): AppError | undefined {
  if (access === "signed-in") return new AppError("forbidden", "An API key cannot do this. Sign in instead.");
  if (permissions.has(access)) return undefined;
  return new AppError("forbidden", `The API key needs the scope “${access}”, and its owner the permission.`);
}

/** In a transaction of its own: the refused one is rolled back. */
async function recordDenial(access: Access, { actor, request }: Caller, message?: string): Promise<void> {
  if (actor.kind === "system" || actor.kind === "anonymous") return;
  await transact(rowContext(actor, "system"), async (tx) =>
    recordAudit(tx, { actor, request }, [
      { event: "permission.denied", status: "denied", message, metadata: { permission: access } },
    ]),
  );
}

/** What is known of a refusal only once the work is under way, and is rolled back with it, is kept like any other. */
async function recordRefusal(access: Access, caller: Caller, refused: AppError): Promise<void> {
  if (refused.code === "forbidden") return recordDenial(access, caller, refused.message);
  const { recorded, message } = refused;
  if (!recorded) return;
  const { actor, request } = caller;
  await transact(rowContext(actor, "system"), async (tx) =>
    recordAudit(tx, { actor, request }, [{ ...recorded, status: "failure", message }]),
  );
}

async function authorise(access: Access, caller: Caller): Promise<void> {
  const refused = refusal(access, caller.actor);
  if (!refused) return;
  await recordDenial(access, caller);
  throw refused;
}

function scopeOf({ permission, scope }: { permission: Access; scope?: Scope }): Scope {
  if (scope) return scope;
  if (permission === "signed-in") return "self";
  return permission === "anyone" || permission === "device" || permission === "system" ? "system" : "admin";
}

/** Drops what the contract does not name. An answer outside its contract is our mistake, not the caller's. */
function checkedOutput<Output extends z.ZodType>(output: Output, value: unknown): z.output<Output> {
  const parsed = output.safeParse(value);
  if (!parsed.success) throw new Error(`An answer is outside its contract: ${parsed.error.message}`);
  return parsed.data;
}

/** What every operation has in common: nobody gets to `work` without having been checked. */
function operation<Kind extends "command" | "query", Input extends z.ZodType, Output extends z.ZodType>(
  kind: Kind,
  { permission, input, output, unaudited, stepUp }: Definition<Input, Output> & { unaudited?: string; stepUp?: StepUp },
  work: (context: Context, parsed: z.output<Input>) => Promise<z.output<Output>>,
): Operation<Kind, Input, Output> {
  return {
    kind,
    permission,
    input,
    output,
    unaudited,
    stepUp,
    authorise: (caller) => authorise(permission, caller),
    async execute(caller, parsed) {
      await authorise(permission, caller);
      const { actor, request, clock = systemClock } = caller;
      try {
        return await work({ actor, request, now: clock }, parsed);
      } catch (error) {
        if (error instanceof AppError) await recordRefusal(permission, caller, error);
        throw error;
      }
    },
  };
}

/**
 * The only way to write: permission → transaction with the row-level-security context → step-up → `run` → audit rows →
 * commit.
 * A command that audited nothing is rolled back, unless it says `unaudited: "why"`.
 */
export function command<Input extends z.ZodType, Output extends z.ZodType>(
  definition: CommandDefinition<Input, Output>,
): Operation<"command", Input, Output> {
  const { permission, output, unaudited, stepUp } = definition;
  return operation("command", definition, async (context, parsed) => {
    await definition.before?.(context);
    const outcome = await transact(rowContext(context.actor, scopeOf(definition)), async (tx) => {
      if (stepUp) await requireStepUp(tx, context.actor, stepUp);
      const entries: AuditEntry[] = [];
      const audit = (entry: AuditEntry) => void entries.push(entry);
      const value = await definition.run({ ...context, tx, audit }, parsed);
      // Before the commit: whoever is told that it failed must be able to believe it.
      const outcome = value instanceof AppError ? value : checkedOutput(output, value);
      if (entries.length > 0) recordAudit(tx, context, entries);
      else if (!unaudited) throw new Error(`A command under ${permission} audited nothing and was rolled back`);
      return outcome;
    });
    if (outcome instanceof AppError) throw outcome;
    return outcome;
  });
}

interface StatementDefinition<Input extends z.ZodType, Output extends z.ZodType> extends Definition<Input, Output> {
  run(context: Context, input: z.output<Input>): Promise<z.input<Output>>;
}

/**
 * A command that is one call of an `authority_*` function: that is its transaction, needs no row-level-security context
 * and writes the audit rows itself, or nothing at all. For what happens so often that its round trips are what it costs.
 */
export function statement<Input extends z.ZodType, Output extends z.ZodType>(
  definition: StatementDefinition<Input, Output>,
): Operation<"command", Input, Output> {
  return operation("command", definition, async (context, parsed) =>
    checkedOutput(definition.output, await definition.run(context, parsed)),
  );
}

/** A read: permission → read-only transaction with the row-level-security context → `run`. */
export function query<Input extends z.ZodType, Output extends z.ZodType>(
  definition: QueryDefinition<Input, Output>,
): Operation<"query", Input, Output> {
  return operation("query", definition, async (context, parsed) => {
    const scope = rowContext(context.actor, scopeOf(definition));
    const value = await read({ ...scope, isSnapshot: definition.isSnapshot }, (reader) =>
      definition.run({ ...context, reader }, parsed),
    );
    return checkedOutput(definition.output, value);
  });
}

interface AnswerDefinition<Input extends z.ZodType, Output extends z.ZodType> extends Definition<Input, Output> {
  run(context: Context, input: z.output<Input>): z.input<Output>;
}

/** A read that needs nothing but the caller: no transaction, no round trip. */
export function answer<Input extends z.ZodType, Output extends z.ZodType>(
  definition: AnswerDefinition<Input, Output>,
): Operation<"query", Input, Output> {
  return operation("query", definition, async (context, parsed) =>
    checkedOutput(definition.output, definition.run(context, parsed)),
  );
}
