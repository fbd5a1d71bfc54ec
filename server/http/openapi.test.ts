import { describe, expect, it } from "vitest";
import { http } from "@/server/testing/http";
import { OPENAPI_PATH, openApiDocument } from "./openapi";
import { restRoutes } from "./rest-routes";

const document = openApiDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every `$ref` anywhere below. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === "$ref" ? [String(inner)] : references(inner)));
}

const target = (reference: string): unknown =>
  reference
    .slice(2)
    .split("/")
    .reduce<unknown>((at, name) => Reflect.get(Object(at), name), document);

describe("the OpenAPI document", () => {
  it("is what the server hands out, to anybody", async () => {
    const answer = await http(new Request(`http://localhost:3000${OPENAPI_PATH}`));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("lists every route of the REST API and nothing else", () => {
    const listed = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const routed = restRoutes.map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(listed.toSorted()).toEqual(routed.toSorted());
  });

  it("is OpenAPI 3.1: versions, a security scheme, one name per operation, references that lead somewhere", () => {
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Keyward", version: "1" } });
    expect(document.security).toEqual([{ apiKey: [] }]);
    expect(document.components.securitySchemes.apiKey).toMatchObject({ type: "http", scheme: "bearer" });
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const reference of references(document))
      expect([reference, typeof target(reference)]).toEqual([reference, "object"]);
  });

  it.each(operations)(
    "$method $path describes its path, its success and its refusals",
    ({ path, method, operation }) => {
      const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name, required }) => [`{${name}}`, required])).toEqual(
        [...path.matchAll(/\{\w+\}/g)].map(([name]) => [name, true]),
      );
      for (const { name, schema } of operation.parameters)
        expect([name, Object.keys(schema).length > 0]).toEqual([name, true]);
      if (method === "get") expect(operation).not.toHaveProperty("requestBody");
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["401", "403", "404", "422", "429"]));
      expect(Object.keys(operation.responses).some((status) => status.startsWith("2"))).toBe(true);
    },
  );

  it("says that moments are RFC 3339 text", () => {
    expect(JSON.stringify(document.paths["/api/v1/tags"]?.get)).toContain(
      '"createdAt":{"type":"string","format":"date-time"}',
    );
  });
});
