import pino from "pino";

/** Names whose values never reach a log line, at any depth pino's redaction can reach. */
const SECRET_NAMES = ["password", "token", "secret", "authorization", "cookie", "jwk", "key", "privateKey"];

/** The process's logger: JSON lines on standard output, secrets redacted. */
export const log = pino({
  level: process.env.KEYWARD_LOG_LEVEL ?? "info",
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
});
