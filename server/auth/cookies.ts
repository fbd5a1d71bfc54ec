import { env } from "@/server/core/env";

/** The three cookies of a browser session; see docs/sessions.md. */
export interface CookieNames {
  access: string;
  refresh: string;
  device: string;
}

const DEVICE_MAX_AGE_S = 400 * 24 * 3600;

const isLoopback = (hostname: string) =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);

interface CookieStyle {
  isSecure: boolean;
  names: CookieNames;
}

function styleFor(url: string): CookieStyle {
  const { protocol, hostname } = new URL(url);
  const isSecure = protocol === "https:" || isLoopback(hostname);
  const prefix = isSecure ? "__Host-" : "";
  return { isSecure, names: { access: `${prefix}kw-at`, refresh: `${prefix}kw-rt`, device: `${prefix}kw-did` } };
}

/** Asked several times a request, and always about the one address there is. */
const styles = new Map<string, CookieStyle>();

function style(): CookieStyle {
  const url = env().KEYWARD_URL;
  const known = styles.get(url) ?? styleFor(url);
  styles.set(url, known);
  return known;
}

/** Browsers keep `Secure` cookies for https and for loopback; any other plain-HTTP origin gets unprefixed names. */
export const isSecureOrigin = (): boolean => style().isSecure;

export const cookieNames = (): CookieNames => style().names;

/** Every cookie of a request's header; the first of a name wins, as the most specific path is sent first. */
export function parseCookies(header: string | null): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, at)).trim();
    if (name && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

/** Rewrites a `Cookie` header so that what follows in the same request sees the new values. */
export function withCookies(header: string | null, changes: Record<string, string | null>): string {
  const cookies = parseCookies(header);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) cookies.delete(name);
    else cookies.set(name, value);
  }
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

function setCookie(name: string, value: string, maxAgeS: number | undefined): string {
  const age = maxAgeS === undefined ? "" : `; Max-Age=${Math.max(0, Math.floor(maxAgeS))}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${isSecureOrigin() ? "; Secure" : ""}${age}`;
}

export interface SessionTokens {
  access: string;
  refresh: string;
  authenticatedAt: Date;
  /** Absolute end of the session. */
  endsAt: Date;
}

/** Only a session that is to be remembered is longer; its cookies outlive the browser's window. */
const UNREMEMBERED_MS = 24 * 3600 * 1000;

/** The `Set-Cookie` values of a new or rotated session. */
export function sessionCookies({ access, refresh, authenticatedAt, endsAt }: SessionTokens): string[] {
  const names = cookieNames();
  const maxAgeS = (endsAt.getTime() - Date.now()) / 1000;
  const isRemembered = endsAt.getTime() - authenticatedAt.getTime() > UNREMEMBERED_MS;
  return [
    setCookie(names.access, access, maxAgeS),
    setCookie(names.refresh, refresh, isRemembered ? maxAgeS : undefined),
  ];
}

export const deviceCookie = (value: string): string => setCookie(cookieNames().device, value, DEVICE_MAX_AGE_S);

/** The `Set-Cookie` values that end a session in the browser; the device cookie stays. */
export function clearedCookies(): string[] {
  const names = cookieNames();
  return [setCookie(names.access, "", 0), setCookie(names.refresh, "", 0)];
}
