import { TRPCClientError } from "@trpc/client";
import { describe, expect, test } from "vitest";
import { problemOf } from "./problem";

const refusal = (data: unknown) =>
  TRPCClientError.from({ error: { code: -32_000, message: "The name is taken.", data } });

describe("problemOf", () => {
  test("reads code, message, fields and request id off a procedure's refusal", () => {
    const error = refusal({ code: "name-taken", httpStatus: 409, fields: { name: "Taken" }, requestId: "r1" });
    expect(problemOf(error)).toEqual({
      code: "name-taken",
      message: "The name is taken.",
      fields: { name: "Taken" },
      requestId: "r1",
    });
  });

  test("a refusal before tRPC keeps the code of its RFC 9457 document", () => {
    const error = new TRPCClientError("Unable to transform response from server", {
      meta: {
        response: new Response(null, { status: 403 }),
        responseJSON: { type: "/problems/cross-site", title: "The request came from another site", status: 403 },
      },
    });
    expect(problemOf(error)).toMatchObject({ code: "cross-site", message: "The request came from another site" });
  });

  test("no answer is offline, an unreadable answer is internal", () => {
    expect(problemOf(TRPCClientError.from(new TypeError("Failed to fetch"))).code).toBe("offline");
    const unreadable = new TRPCClientError("?", { meta: { response: new Response("<html>", { status: 502 }) } });
    expect(problemOf(unreadable).code).toBe("internal");
  });

  test("what is not from the server says nothing of its insides", () => {
    expect(problemOf(new Error("secret"))).toEqual({
      code: "internal",
      message: "Something went wrong. Try again.",
      fields: {},
    });
  });
});
