import pino from "pino";
import { printable } from "./printable-error";

/** Names whose values never reach a log line, at any depth pino's redaction can reach. */
const SECRET_NAMES = ["password", "token", "secret", "authorization", "cookie", "jwk", "key", "privateKey"];

const writtenError = (error: unknown) => {
  const shown = printable(error);
  return shown instanceof Error ? pino.stdSerializers.err(shown) : shown;
};

/** Standard output until nobody reads it any more: then the rest is lost, but nothing waits for it (sonic-boom would). */
function standardOutput() {
  const output = pino.destination({ fd: 1, sync: true });
  output.on("error", () => {
    output.write = () => true;
    output.flushSync = () => undefined;
  });
  return output;
}

// What else is printed fails in the same way, and whoever prints what failed would print that for ever.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

/** The process's logger: JSON lines on standard output, secrets redacted. */
export const log = pino(
  {
    level: process.env.KEYWARD_LOG_LEVEL ?? "info",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: writtenError },
    redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
  },
  standardOutput(),
);
