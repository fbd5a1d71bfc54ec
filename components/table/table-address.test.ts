import { describe, expect, test } from "vitest";
import { addressWith, filterValues, selectionFilter } from "./table-address";

const search = new URLSearchParams("q=lap&status=active&cursor=abc&view=mine");

describe("addressWith", () => {
  test("changing a filter keeps the others and returns to the first page", () => {
    expect(addressWith("/devices", search, { status: "revoked" })).toBe("/devices?q=lap&view=mine&status=revoked");
  });

  test("a cursor is kept only when it is what changes", () => {
    expect(addressWith("/devices", search, { cursor: "next" })).toBe(
      "/devices?q=lap&status=active&view=mine&cursor=next",
    );
  });

  test("empty values leave the address, and an address without parameters has no question mark", () => {
    expect(addressWith("/devices", new URLSearchParams("q=a&tag=x"), { q: "", tag: [] })).toBe("/devices");
  });

  test("several values repeat their key, times are ISO, text is escaped", () => {
    const changes = { tag: ["a&b", "c"], from: new Date("2026-03-01T00:00:00Z") };
    expect(addressWith("/devices", new URLSearchParams(), changes)).toBe(
      "/devices?tag=a%26b&tag=c&from=2026-03-01T00%3A00%3A00.000Z",
    );
  });
});

describe("selectionFilter", () => {
  test("paging and empty values are no part of what a bulk action applies to", () => {
    const filter = { q: "lap", status: "active", owner: undefined, tag: [], size: 25, sort: "name", cursor: "abc" };
    expect(selectionFilter(filter)).toEqual({ q: "lap", status: "active" });
  });
});

test("filterValues reads one value and several alike", () => {
  expect(filterValues({ status: "active" }, "status")).toEqual(["active"]);
  expect(filterValues({ status: ["active", "pending"] }, "status")).toEqual(["active", "pending"]);
  expect(filterValues({}, "status")).toEqual([]);
});
