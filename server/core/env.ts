import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { z } from "zod";

/** Whose `X-Forwarded-For` is believed: so many proxies in front of us, or these networks. */
export type TrustedProxies = { kind: "hops"; count: number } | { kind: "networks"; networks: readonly string[] };

/** Every problem of the environment at once. Names variables, never shows a value. */
export class EnvError extends Error {
  override readonly name = "EnvError";

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const optional = z.string().optional();

const whole = (min: number, max: number) =>
  z.coerce
    .number("must be a number")
    .int("must be a whole number")
    .min(min, `must be ${min} or more`)
    .max(max, `must be ${max} or less`);

const Variables = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/./, "must be a postgres:// connection string")
    .optional(),
  KEYWARD_DATABASE_POOL: whole(2, 200).default(10),
  KEYWARD_URL: z.string().transform(parseOrigin).optional(),
  KEYWARD_HOST: optional,
  KEYWARD_PORT: whole(1, 65_535).optional(),
  PORT: whole(1, 65_535).optional(),
  KEYWARD_DATA_DIR: z.string().default(".keyward"),
  KEYWARD_TRUSTED_PROXIES: z.string().default("0").transform(parseTrustedProxies),
  KEYWARD_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
  KEYWARD_FAST_LANE: z.enum(["on", "off"], "must be on or off").default("on"),
  KEYWARD_AUTH_CACHE: z.enum(["db"], "must be db").default("db"),
  KEYWARD_INIT_ADMIN_USERNAME: z.string().max(50, "must have at most 50 characters").optional(),
  KEYWARD_INIT_ADMIN_EMAIL: z.email("must be an e-mail address").optional(),
  KEYWARD_INIT_ADMIN_PASSWORD: optional,
  KEYWARD_GEO_DATABASE: optional,
  KEYWARD_CHROMIUM: optional,
  KEYWARD_SESSION_KEY: optional,
  KEYWARD_REFRESH_KEY: optional,
  KEYWARD_ENCRYPTION_KEY: optional,
  KEYWARD_ENROLMENT_PEPPER: optional,
  KEYWARD_SERVER_KEY: optional,
});

/** Rules between variables; checked also when one of them has a problem of its own. */
function checkTogether(raw: Source): string[] {
  const isSet = (part: string) => Boolean(raw[`KEYWARD_INIT_ADMIN_${part}`]);
  const isAnySet = isSet("USERNAME") || isSet("EMAIL") || isSet("PASSWORD");
  return ["USERNAME", "PASSWORD"]
    .filter((part) => isAnySet && !isSet(part))
    .map((part) => `KEYWARD_INIT_ADMIN_${part} is needed with the other KEYWARD_INIT_ADMIN variables`);
}

type Source = Readonly<Record<string, string | undefined>>;
type Values = z.output<typeof Variables>;

/** The environment with defaults filled in. `DATABASE_URL` left out means the embedded PostgreSQL. */
export type Env = Readonly<
  Omit<Values, "PORT" | "KEYWARD_URL" | "KEYWARD_HOST" | "KEYWARD_PORT"> & {
    /** The origin people and agents reach us at, e.g. `https://keyward.example.com`. */
    KEYWARD_URL: string;
    KEYWARD_HOST: string;
    KEYWARD_PORT: number;
  }
>;

/** Names of all variables; the reference in the docs is tested against them. */
export const variableNames: readonly string[] = Object.keys(Variables.shape);

/**
 * Reads an environment. Every variable `X` may come from a file named by `X_FILE`; an empty one counts as not set.
 * @throws {EnvError} with every problem found
 */
export function loadEnv(source: Source): Env {
  const problems: string[] = [];
  const raw = Object.fromEntries(variableNames.map((name) => [name, readVariable(source, name, problems)]));
  const parsed = Variables.safeParse(raw);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
  problems.push(...checkTogether(raw));
  if (!parsed.success || problems.length > 0) throw new EnvError(problems);
  return withDefaults(parsed.data);
}

const PROCESS_ENV = Symbol.for("keyward.env");
const shared = globalThis as { [PROCESS_ENV]?: Env };

/** The process's environment, read once. Next bundles its own copy of this file, hence `globalThis`. @throws {EnvError} */
export function env(): Env {
  shared[PROCESS_ENV] ??= loadEnv(process.env);
  return shared[PROCESS_ENV];
}

function readVariable(source: Source, name: string, problems: string[]): string | undefined {
  const direct = source[name] || undefined;
  const file = source[`${name}_FILE`] || undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) {
    problems.push(`${name} and ${name}_FILE are both set: keep one`);
    return undefined;
  }
  try {
    const text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    if (text === "") problems.push(`${name}_FILE names an empty file`);
    return text || undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    problems.push(`${name}_FILE names a file that cannot be read (${code})`);
    return undefined;
  }
}

function withDefaults({ PORT, ...values }: Values): Env {
  const port = values.KEYWARD_PORT ?? PORT ?? 3000;
  const url = values.KEYWARD_URL ?? `http://localhost:${port}`;
  return {
    ...values,
    KEYWARD_URL: url,
    // Nobody elsewhere can use a loopback address, so nobody elsewhere needs to reach the port.
    KEYWARD_HOST: values.KEYWARD_HOST ?? (isLoopback(url) ? "127.0.0.1" : "0.0.0.0"),
    KEYWARD_PORT: port,
    KEYWARD_DATA_DIR: resolve(values.KEYWARD_DATA_DIR),
  };
}

const isLoopback = (url: string): boolean => /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(url);

function parseOrigin(text: string, context: z.RefinementCtx): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  context.addIssue({
    code: "custom",
    message: "must be an http(s) address without path, such as https://keyward.example.com",
  });
  return z.NEVER;
}

function parseTrustedProxies(text: string, context: z.RefinementCtx): TrustedProxies {
  if (/^\d{1,2}$/.test(text)) return { kind: "hops", count: Number(text) };
  const networks = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(toNetwork);
  if (networks.length > 0 && networks.every((network) => network !== undefined)) return { kind: "networks", networks };
  context.addIssue({
    code: "custom",
    message: "must be a number of proxies, or a list of addresses and networks such as 10.0.0.0/8, ::1",
  });
  return z.NEVER;
}

function toNetwork(text: string): string | undefined {
  if (ipaddr.isValidCIDR(text)) return text;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return `${text}/32`;
  return ipaddr.IPv6.isValid(text) ? `${text}/128` : undefined;
}
