import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newKey, prefixOf } from "./key";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("an API key", () => {
  it("says what it is, carries 256 random bits and its own check", () => {
    const { prefix, key } = newKey();
    expect(key).toMatch(/^kw_live_[a-z0-9]{8}_[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}$/);
    expect(prefixOf(key)).toBe(prefix);
    expect(newKey().key.slice(17, -6)).not.toBe(key.slice(17, -6));
  });

  it("with any one character mistyped is refused without being looked up", () => {
    const { key } = newKey();
    const slip = fc.record({ at: fc.nat(key.length - 1), by: fc.constantFrom(...ALPHABET) });
    fc.assert(
      fc.property(slip, ({ at, by }) => {
        fc.pre(key[at] !== by);
        expect(prefixOf(key.slice(0, at) + by + key.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it.each(["", "kw_live_", "Bearer", "kw_test_", "x".repeat(66), "kw_live_abcdefgh_short"])("“%s” is none", (text) =>
    expect(prefixOf(text)).toBeUndefined(),
  );

  it("cut short or lengthened is none", () => {
    const { key } = newKey();
    expect([prefixOf(key.slice(0, -1)), prefixOf(`${key}A`), prefixOf(` ${key}`)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
