import { signIn } from "next-auth/react";
import { Refusal } from "@/components/trpc/problem";
import type { SignIn } from "@/server/modules/sessions/schema";

const MESSAGES: Record<string, string> = {
  "wrong-credentials": "Wrong user name or password.",
  "too-many-requests": "Too many attempts. Wait a moment, then try again.",
};

/** Signs in through NextAuth's handshake. @throws {Refusal} with the server's code */
export async function signInWith(values: SignIn): Promise<void> {
  const credentials = { ...values, remember: String(values.remember) };
  const answer = await signIn("credentials", { ...credentials, redirect: false }).catch(() => undefined);
  if (!answer) throw new Refusal("unavailable", "Keyward cannot be reached right now. Try again in a moment.");
  if (!answer.error) return;
  const code = answer.code ?? "internal";
  throw new Refusal(code, MESSAGES[code] ?? "Signing in did not work. Try again.");
}

/** A page of ours to go to after signing in; anything else falls back to the start page. */
export function safeNext(next: string | undefined): string {
  if (!next?.startsWith("/") || /^\/[/\\]/.test(next) || /[\\\p{Cc}]/u.test(next)) return "/overview";
  return next;
}
