import type { IncomingMessage } from "node:http";

/** Adds headers to a request that Node parsed, in the parsed form and in the raw one. */
export function setHeaders(request: IncomingMessage, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    request.headers[name] = value;
    request.rawHeaders.push(name, value);
  }
}
