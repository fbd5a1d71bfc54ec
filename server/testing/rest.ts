import { env } from "@/server/core/env";
import { http } from "./http";

/** What the REST API answered: its body, or the code of its refusal. */
export interface RestAnswer {
  status: number;
  code: string | undefined;
  body: Record<string, unknown>;
  response: Response;
}

/** One request of a program with an API key, through the route list: `"GET /api/v1/users"`. */
export async function rest(key: string, line: string, body?: unknown): Promise<RestAnswer> {
  const [method = "", path = ""] = line.split(" ");
  return restAnswer(
    new Request(new URL(path, env().KEYWARD_URL), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

export async function restAnswer(request: Request): Promise<RestAnswer> {
  const response = await http(request);
  const text = await response.clone().text();
  const body: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
  const code = typeof body.type === "string" ? body.type.replace("/problems/", "") : undefined;
  return { status: response.status, code, body, response };
}
