import { describe, expect, test } from "vitest";
import { diffEntries } from "./diff-entries";

describe("diffEntries", () => {
  test("lists only what differs, fields of both sides, in their order", () => {
    expect(diffEntries({ status: "active", name: "a" }, { status: "revoked", name: "a", note: "lost" })).toEqual([
      { field: "status", before: "active", after: "revoked" },
      { field: "note", before: null, after: "lost" },
    ]);
  });

  test("a missing side means that everything was added or removed", () => {
    expect(diffEntries(null, { size: 3 })).toEqual([{ field: "size", before: null, after: "3" }]);
    expect(diffEntries({ size: 3 }, undefined)).toEqual([{ field: "size", before: "3", after: null }]);
  });

  test("equal structures are no change, and null is the same as absent", () => {
    expect(diffEntries({ tags: ["a"], owner: null }, { tags: ["a"] })).toEqual([]);
  });
});
