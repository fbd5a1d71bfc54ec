import { env } from "@/server/core/env";
import { CLIENT_IP_HEADER } from "@/server/http/request-meta";
import { http } from "./http";
import { procedures } from "./procedures";

/** A current Chrome, so that sessions are described like real ones. */
export const USER_AGENT =
  "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

/** What a procedure answered over HTTP: its output, or the code of its refusal. */
export interface Answer {
  status: number;
  code: string | undefined;
  data: unknown;
  fields: Record<string, string> | undefined;
  response: Response;
}

export interface Credentials {
  username: string;
  password: string;
  remember?: boolean;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = await response
    .clone()
    .json()
    .catch(() => ({}));
  const code = body.error?.data?.code ?? body.type?.replace("/problems/", "");
  const { status } = response;
  return { status, code, data: body.result?.data, fields: body.error?.data?.fields, response };
}

/** A browser without a window: a cookie jar, the headers a browser sends, and Keyward's own handlers behind them. */
export class Browser {
  #ip: string | undefined;

  constructor(
    readonly cookies = new Map<string, string>(),
    readonly userAgent = USER_AGENT,
  ) {}

  /** Moves the browser to another address. */
  from(ip: string): this {
    this.#ip = ip;
    return this;
  }

  /** The cookie of this name, with or without prefix. */
  cookie(name: "kw-at" | "kw-rt" | "kw-did"): string {
    return this.cookies.get(`__Host-${name}`) ?? this.cookies.get(name) ?? "";
  }

  setCookie(name: "kw-at" | "kw-rt" | "kw-did", value: string): this {
    this.cookies.set(`__Host-${name}`, value);
    return this;
  }

  without(name: "kw-at" | "kw-rt" | "kw-did"): this {
    this.cookies.delete(`__Host-${name}`);
    return this;
  }

  /** Takes over what `Set-Cookie` headers say; a cookie whose time is up is gone. */
  adopt(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [pair = "", ...attributes] = line.split("; ");
      const at = pair.indexOf("=");
      if (attributes.includes("Max-Age=0")) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** The same cookies in a jar of their own, as a second request under way at the same time has them. */
  copy(): Browser {
    return new Browser(new Map(this.cookies), this.userAgent);
  }

  request(path: string, init: RequestInit = {}): Request {
    const headers = new Headers({ "user-agent": this.userAgent, "sec-fetch-site": "same-origin" });
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookie) headers.set("cookie", cookie);
    if (this.#ip) headers.set(CLIENT_IP_HEADER, this.#ip);
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    return new Request(new URL(path, env().KEYWARD_URL), { ...init, headers });
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const response = await http(this.request(path, init));
    this.adopt(response.headers.getSetCookie());
    return response;
  }

  /** Calls a procedure the way the typed client does. */
  async call(procedure: string, input?: unknown): Promise<Answer> {
    const found = procedures.find(({ path }) => path === procedure);
    if (!found) throw new Error(`There is no procedure ${procedure}`);
    const path = `/api/trpc/${procedure}`;
    const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(input) };
    return answerOf(found.type === "query" ? await this.fetch(path + query) : await this.fetch(path, post));
  }

  private async handshake(path: string, fields: Record<string, string>): Promise<Response> {
    const { csrfToken } = await (await this.fetch("/api/auth/csrf")).json();
    return this.fetch(`/api/auth/${path}`, {
      method: "POST",
      headers: { "x-auth-return-redirect": "1", origin: env().KEYWARD_URL },
      body: new URLSearchParams({ ...fields, csrfToken }),
    });
  }

  signIn({ username, password, remember = false }: Credentials): Promise<Response> {
    return this.handshake("callback/credentials", { username, password, remember: String(remember) });
  }

  signOut(): Promise<Response> {
    return this.handshake("signout", {});
  }

  refresh(): Promise<Response> {
    return this.fetch("/api/auth/refresh", { method: "POST" });
  }
}
