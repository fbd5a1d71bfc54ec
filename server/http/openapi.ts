import { z } from "zod";
import { ProblemAnswer } from "./problem";
import { strictInput } from "./respond";
import { REST_API, type RestRoute, restRoutes } from "./rest-routes";

export const OPENAPI_PATH = `${REST_API}/openapi.json`;

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Moments are RFC 3339 text on the wire. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === "date") Object.assign(jsonSchema, { type: "string", format: "date-time" });
    },
  });
  return rest;
}

const json = (schema: JsonSchema) => ({ "application/json": { schema } });

const named = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);

/** Members of the input that the path names, that the query of a read holds, and that the body of a write holds. */
function inputOf({ method, path, operation }: RestRoute) {
  const { properties = {}, required = [], ...rest } = schemaOf(strictInput(operation.input), "input");
  const inPath = named(path);
  const parameter = (name: string, place: "path" | "query") => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: properties[name] ?? {},
  });
  const others = Object.keys(properties).filter((name) => !inPath.includes(name));
  const parameters = inPath.map((name) => parameter(name, "path"));
  if (method === "GET") return { parameters: [...parameters, ...others.map((name) => parameter(name, "query"))] };
  if (others.length === 0) return { parameters };
  const needed = required.filter((name) => others.includes(name));
  const schema = {
    ...rest,
    properties: Object.fromEntries(others.map((name) => [name, properties[name] ?? {}])),
    ...(needed.length > 0 ? { required: needed } : {}),
  };
  return { parameters, requestBody: { required: needed.length > 0, content: json(schema) } };
}

const refusal = (status: number, description: string) => [
  String(status),
  { $ref: `#/components/responses/${description}` },
];

const REFUSALS = {
  Malformed: [400, "The request cannot be understood"],
  Unauthenticated: [401, "No key, or one that does not work"],
  Forbidden: [403, "The key lacks the scope, or its owner the permission"],
  NotFound: [404, "There is no such thing"],
  Conflict: [409, "The state does not allow this"],
  Invalid: [422, "Some members need attention; `errors` names them"],
  TooManyRequests: [429, "Too many requests; `Retry-After` says how many seconds to wait"],
} as const;

function operationOf(route: RestRoute) {
  const { method, path, operation, summary, status } = route;
  const words = path.slice(REST_API.length).replaceAll(":", "by-").split("/").filter(Boolean);
  return {
    operationId: [method.toLowerCase(), ...words].join("-"),
    summary,
    description: `Needs the scope \`${operation.permission}\`.`,
    tags: [words[0] ?? ""],
    ...inputOf(route),
    responses: {
      [status]: { description: "Done", content: json(schemaOf(operation.output, "output")) },
      ...Object.fromEntries(Object.entries(REFUSALS).map(([name, [code]]) => refusal(code, name))),
    },
  };
}

function responses() {
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([name, [, description]]) => [name, { description, content }]),
  );
}

/** The REST API as an OpenAPI 3.1 document, made of the same list that answers it. */
export function openApiDocument() {
  const paths: Record<string, Record<string, ReturnType<typeof operationOf>>> = {};
  for (const route of restRoutes) {
    const address = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[address] = { ...paths[address], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Keyward", version: "1", description: "For programs with an API key." },
    servers: [{ url: "/" }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", description: "An API key: kw_live_…" } },
      schemas: { Problem: schemaOf(ProblemAnswer, "output") },
      responses: responses(),
    },
  };
}

let text: string | undefined;

/** For anybody: it says what can be asked, and nothing of who may. */
export async function openApi(): Promise<Response> {
  text ??= JSON.stringify(openApiDocument());
  return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}
