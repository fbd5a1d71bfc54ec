import fc from "fast-check";
import { expect, test } from "vitest";
import { type Key, open, sameSecret, seal } from "./crypto";

const key = (id: string, fill: number): Key => ({ id, bytes: Buffer.alloc(32, fill) });

test("what is sealed opens again, with the key that sealed it, in its own context", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plaintext, context) => {
      const sealed = seal([key("a", 1)], plaintext, context);
      expect(open([key("b", 2), key("a", 1)], sealed, context)).toEqual(Buffer.from(plaintext));
    }),
  );
});

test("a sealed value does not open in another context", () => {
  const sealed = seal([key("a", 1)], "secret", "users|1");
  expect(() => open([key("a", 1)], sealed, "users|2")).toThrow();
});

test("any changed character of a sealed value is refused or changes nothing", () => {
  const sealed = seal([key("a", 1)], "secret", "c");
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.constantFrom("A", "B", "x", "."), (at, character) => {
      const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
      try {
        expect(open([key("a", 1)], changed, "c").toString()).toBe("secret");
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});

test("secrets of different length or content are not the same", () => {
  expect(sameSecret("abc", "abc")).toBe(true);
  expect(sameSecret("abc", "abd")).toBe(false);
  expect(sameSecret("abc", "abcd")).toBe(false);
});
