import type { z } from "zod";
import { AgentError } from "@/agent/agent-error";
import type { AgentClock } from "@/agent/clock";
import { type Answer, type Call, exchange } from "@/agent/exchange";
import type { PublicJwk } from "@/server/core/public-jwk";
import { type AgentReaction, errorReactions, Problem, problemCode } from "@/server/modules/agents/schema";

/** A refusal of the server, with what the protocol says to do about it. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly code: string,
    /** `wait`, whatever the code says, when nobody the agent trusts signed it. */
    readonly reaction: AgentReaction,
    readonly answer: { isTrusted: boolean; retryAfterS: number | undefined; problem: Problem | undefined },
  ) {
    super(answer.problem?.detail ?? answer.problem?.title ?? code);
  }
}

interface Server {
  readonly url: URL;
  readonly keys: readonly PublicJwk[];
}

const isKnown = (code: string): code is keyof typeof errorReactions => Object.hasOwn(errorReactions, code);

/** Undefined for what is not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

function retryAfterS(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  if (!text) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** What a device does about a code nobody told it of: as the status would have it. */
function reactionOf(code: string, status: number): AgentReaction {
  if (isKnown(code)) return errorReactions[code];
  return status === 429 || status >= 500 ? "wait" : "give-up";
}

/** Reads an answer as a refusal. Unsigned ones — a proxy's, an attacker's — can make the agent wait and nothing else. */
function refusalOf(answer: Answer): Refused | undefined {
  if (answer.status < 400) return undefined;
  const { data: problem } = Problem.safeParse(parseJson(answer.body));
  const code = problem ? problemCode(problem) : `http-${answer.status}`;
  const isTrusted = answer.trust.ok;
  const told = reactionOf(code, answer.status);
  // A retry with a fresh nonce is harmless, whoever asked for it.
  const reaction = isTrusted || told === "retry-once" ? told : "wait";
  return new Refused(code, reaction, { isTrusted, retryAfterS: retryAfterS(answer.headers), problem });
}

async function reach(server: Server, call: Call, nowS: number): Promise<Answer> {
  try {
    return await exchange(server, call, nowS);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError("unreachable", `${server.url.origin} does not answer: ${why}`);
  }
}

/** Asks the server, with the retries the protocol allows: one with a fresh nonce, one with the clock set right. */
export class Api {
  constructor(
    private readonly server: () => Server,
    private readonly clock: AgentClock,
  ) {}

  /** @throws {Refused} {@link AgentError} unreachable, also when an answer is not signed by a known server key */
  async call(call: Call): Promise<Answer> {
    const first = await this.attempt(call);
    const refusal = refusalOf(first);
    if (refusal?.reaction !== "retry-once" && refusal?.reaction !== "adjust-clock") return accept(first, refusal);
    if (refusal.reaction === "adjust-clock" && first.trust.ok) {
      this.clock.adjust(refusal.answer.problem?.serverTime ?? first.trust.created);
    }
    const second = await this.attempt(call);
    return accept(second, refusalOf(second));
  }

  /** {@link Api.call}, and its answer in the shape the contract gives it. */
  async json<Shape extends z.ZodType>(call: Call, shape: Shape): Promise<z.infer<Shape>> {
    const answer = await this.call(call);
    const parsed = shape.safeParse(parseJson(answer.body));
    if (parsed.success) return parsed.data;
    throw new AgentError(
      "failed",
      `The answer to ${call.method} ${call.path} is not what this agent understands`,
      "The server may be newer than the agent: install the agent it offers.",
    );
  }

  private attempt(call: Call): Promise<Answer> {
    return reach(this.server(), call, this.clock.nowS());
  }
}

function accept(answer: Answer, refusal: Refused | undefined): Answer {
  if (refusal) throw refusal;
  if (answer.trust.ok) return answer;
  throw new AgentError(
    "unreachable",
    `Something answered that is not this device's server (${answer.trust.detail})`,
    "A proxy may be in between. If the server's key was changed, enrol again with --server-key.",
  );
}
