import { z } from "zod";
import { documentProblem, Refusal } from "@/components/form/problem";

const CsrfAnswer = z.object({ csrfToken: z.string() });
const HandshakeAnswer = z.object({ url: z.url() });

const unreachable = () => new Refusal("unavailable", "Keyward cannot be reached right now. Try again in a moment.");

async function ask<Answer extends z.ZodType>(answer: Answer, path: string, init?: RequestInit) {
  const response = await fetch(`/api/auth/${path}`, init).catch(() => Promise.reject(unreachable()));
  const body: unknown = await response.json().catch(() => undefined);
  const refused = documentProblem(body);
  if (refused) throw new Refusal(refused.code, refused.message);
  const parsed = answer.safeParse(body);
  if (!parsed.success) throw unreachable();
  return parsed.data;
}

/**
 * NextAuth's handshake as the browser speaks it: fetch a CSRF token, post the form with it.
 * @returns where NextAuth would redirect to; a refusal is in its `error` and `code`
 * @throws {Refusal} unavailable, too-many-requests with how long to wait
 */
export async function postHandshake(
  path: "callback/credentials" | "signout",
  fields: Readonly<Record<string, string>>,
): Promise<URL> {
  const { csrfToken } = await ask(CsrfAnswer, "csrf");
  const { url } = await ask(HandshakeAnswer, path, {
    method: "POST",
    headers: { "X-Auth-Return-Redirect": "1" },
    body: new URLSearchParams({ ...fields, csrfToken }),
  });
  return new URL(url);
}
