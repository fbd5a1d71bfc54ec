import { AgentError } from "@/agent/agent-error";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads what the operator typed as the server's address: an origin, nothing behind it.
 * @throws {AgentError} usage; plain HTTP is taken for loopback only, since the token would travel readable
 */
export function parseServerUrl(text: string): URL {
  const url = tryUrl(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new AgentError(
      "usage",
      `${text} is not the address of a server`,
      "It looks like https://keyward.example.com",
    );
  }
  if (url.username || url.password || url.search || url.hash || url.pathname !== "/") {
    throw new AgentError("usage", `Only the server's origin is wanted: ${url.origin}`);
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    throw new AgentError(
      "usage",
      "The server must be reached over https",
      `Try: ${url.origin.replace("http:", "https:")}`,
    );
  }
  return url;
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
