import { Refusal } from "@/components/form/problem";
import type { SignIn } from "@/server/modules/sessions/schema";
import { postHandshake } from "./handshake";

const MESSAGES: Record<string, string> = {
  "wrong-credentials": "Wrong user name or password.",
};

/** Signs in through the handshake. @throws {Refusal} with the server's code */
export async function signInWith({ username, password, remember }: SignIn): Promise<void> {
  const { searchParams } = await postHandshake("callback/credentials", {
    username,
    password,
    remember: String(remember),
  });
  if (!searchParams.has("error")) return;
  const code = searchParams.get("code") ?? "internal";
  throw new Refusal(code, MESSAGES[code] ?? "Signing in did not work. Try again.");
}

/** A page of ours to go to after signing in; anything else falls back to the start page. */
export function safeNext(next: string | undefined): string {
  if (!next?.startsWith("/") || /^\/[/\\]/.test(next) || /[\\\p{Cc}]/u.test(next)) return "/";
  return next;
}
