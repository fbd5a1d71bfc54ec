import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeNext } from "./sign-in";

const ORIGIN = "https://keyward.example.com";

/** Where a browser on our page ends up. */
const target = (next: string | undefined) => new URL(safeNext(next), `${ORIGIN}/sign-in`);

describe("the page after signing in", () => {
  it("is one of ours, whatever the link said", () => {
    const parts = fc.constantFrom(
      ...["/", "//", "\\", "/\\", "evil.example", "@", ":", "https:", "http://", "javascript:", "data:", ".", ".."],
      ...["%2f", "%5c", "%09", "\t", "\n", "\r", "\u0000", " ", "\u2028", "。", "／", "⁄", "?", "#", "users", "&next="],
    );
    const tricky = fc.array(parts, { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.oneof(tricky, fc.webUrl(), fc.string(), fc.string({ unit: "binary" })), (next) => {
        expect(target(next).origin).toBe(ORIGIN);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(["/devices", "/users?q=a%20b&size=50", "/devices/4f1c#activity", "/", "/a//b"])(
    "is the one asked for when it is ours: %s",
    (next) => {
      expect(target(next).href).toBe(new URL(next, ORIGIN).href);
    },
  );

  it.each([undefined, "", "users", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"])(
    "is the start page otherwise: %s",
    (next) => {
      expect(target(next).pathname).toBe(target(undefined).pathname);
    },
  );
});
