import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createClient } from "@/db/client";
import {
  AppError,
  databaseCode,
  type ProblemCode,
  problems,
  toAppError,
  violatedConstraint,
} from "@/server/core/errors";
import { log } from "@/server/core/log";
import { problemResponse } from "@/server/http/problem";
import { refusalOf } from "@/server/trpc/init";

const codes = Object.keys(problems) as ProblemCode[];
const databaseError = (code: string, more = {}) => Object.assign(new Error(`database says ${code}`), { code, ...more });

// Unexpected failures are logged, which is not what is tested here.
log.level = "silent";

describe("the table of problems", () => {
  it.each(codes)("%s becomes an RFC 9457 answer with its own status", async (code) => {
    const answer = problemResponse(new AppError(code, "What happened.", { retryAfterS: 3 }), "request-1");
    expect(answer.status).toBe(problems[code].status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": "request-1",
      "retry-after": "3",
    });
    const { title, status, retryable } = problems[code];
    const detail = code === "internal" ? {} : { detail: "What happened." };
    expect(await answer.json()).toEqual({ type: `/problems/${code}`, title, status, retryable, ...detail });
  });

  it.each(codes)("%s has a tRPC code of the same meaning, and comes back out of it", (code) => {
    const refused = new AppError(code);
    const error = new TRPCError({ code: problems[code].trpc, cause: refused });
    // 410 and 426 have no name in tRPC; the handler answers with the problem's own status all the same.
    const nearest = { 410: 404, 426: 412 }[problems[code].status as number] ?? problems[code].status;
    expect(getHTTPStatusCodeFromError(error)).toBe(nearest);
    expect(refusalOf(error)).toBe(refused);
  });

  it("promises a retry only where the same request may succeed later", () => {
    const hopeless = codes.filter(
      (code) => problems[code].retryable && [400, 404, 409, 410, 413, 415, 422].includes(problems[code].status),
    );
    expect(hopeless).toEqual([]);
  });
});

describe("an answer to a failure nobody expected", () => {
  it("says nothing of the failure", async () => {
    const secret = "select password_hash from users -- hunter2 /srv/keyward/db.ts:12";
    const thrown = [new Error(secret), databaseError("42P01", { detail: secret }), secret, { secret }, null, undefined];
    for (const one of thrown) {
      const answer = problemResponse(one, "request-2");
      expect(answer.status).toBe(500);
      expect(await answer.json()).toEqual({
        type: "/problems/internal",
        title: "Something went wrong",
        status: 500,
        retryable: true,
      });
    }
  });

  it("keeps the detail of an internal error to itself even when it was given one", async () => {
    const answer = problemResponse(new AppError("internal", "disk /dev/sda1 is full"), "request-3");
    expect(await answer.text()).not.toContain("disk");
  });
});

describe("what a failure is told as", () => {
  it("invalid input names its fields", async () => {
    const parsed = z
      .object({ user: z.object({ name: z.string().min(1, "Enter a name.") }) })
      .safeParse({ user: { name: "" } });
    const answer = problemResponse(parsed.error, "request-4");
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: "/user/name", detail: "Enter a name." }] });
  });

  it.each([
    "57P01",
    "57P02",
    "57P03",
    "08006",
    "53300",
    "ECONNREFUSED",
    "ECONNRESET",
    "CONNECTION_CLOSED",
    "CONNECT_TIMEOUT",
  ])("%s, however deeply wrapped, means that the database cannot be reached", (code) => {
    const wrapped = new DrizzleQueryError("select 1", [], databaseError(code));
    expect(toAppError(wrapped)).toMatchObject({ code: "unavailable", status: 503, retryAfterS: 2 });
    expect(databaseCode(new Error("outer", { cause: wrapped }))).toBe(code);
  });

  it.each(["22021", "22P05", "22P02", "22007"])("%s means that the request held an impossible value", (code) => {
    expect(toAppError(new DrizzleQueryError("select 1", [], databaseError(code)))).toMatchObject({ code: "malformed" });
  });

  it.each(["42P01", "42501", "23505", "40001", "22012"])("%s means that we made a mistake", (code) => {
    expect(toAppError(new DrizzleQueryError("select 1", [], databaseError(code)))).toMatchObject({ code: "internal" });
  });

  it("a refusal of ours is never taken for its cause", () => {
    const refused = new AppError("name-taken", "Taken.", { cause: databaseError("57P01") });
    expect(toAppError(refused)).toBe(refused);
    expect(toAppError(new Error("outer", { cause: refused }))).toBe(refused);
    expect(databaseCode(refused)).toBeUndefined();
  });

  it("a violated constraint is found by its name", () => {
    const violation = databaseError("23505", { constraint_name: "users_username_unique" });
    expect(violatedConstraint(new DrizzleQueryError("insert", [], violation))).toBe("users_username_unique");
    expect(violatedConstraint(databaseError("23505"))).toBeUndefined();
  });

  it("a server that is not there cannot be reached", async () => {
    const gone = createClient("postgres://nobody@127.0.0.1:1/none", { max: 1 });
    expect(toAppError(await gone`select 1`.catch((error: unknown) => error))).toMatchObject({ code: "unavailable" });
    await gone.end({ timeout: 1 });
  });
});
