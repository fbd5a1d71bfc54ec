/** What the process exits with; documented in docs/agent.md, so never renumber. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  "not-enrolled": 3,
  refused: 4,
  unreachable: 5,
  busy: 6,
  unsafe: 7,
} as const;

/** A failure a person can act on: what happened, and in `hint` what to do next. */
export class AgentError extends Error {
  override readonly name = "AgentError";

  constructor(
    readonly kind: Exclude<keyof typeof exitCodes, "ok">,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
