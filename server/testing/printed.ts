import pino from "pino";
import { afterAll, beforeAll } from "vitest";
import { log } from "@/server/core/log";

/** Keeps what the test file's process logs instead of printing it. @returns what there is so far */
export function keepPrinted(): () => string {
  const stream = Reflect.get(log, pino.symbols.streamSym);
  const write = stream.write;
  let printed = "";
  beforeAll(() => {
    stream.write = (line: string) => {
      printed += line;
    };
  });
  afterAll(() => {
    stream.write = write;
  });
  return () => printed;
}
