import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { requireGoodPassword } from "./password-policy";
import { NewPassword } from "./schema";

const owner = { username: "grace.hopper", email: "grace@navy.example", displayName: "Rear Admiral Hopper" };

const isGood = (password: string): boolean => {
  try {
    requireGoodPassword(password, owner);
    return NewPassword.safeParse(password).success;
  } catch (error) {
    expect(toAppError(error)).toMatchObject({ code: "invalid", fields: { password: expect.any(String) } });
    return false;
  }
};

describe("the password policy", () => {
  it("has no rules about characters: whatever is long enough and not one's own name will do", () => {
    const classes = [
      "abcdefghij",
      "ABCDEFGHIJ",
      "0123456789",
      "       .,-",
      "ÄÖÜäöüßéèê",
      "漢字仮名交文章約物",
      "🙂🙃😉😊😇🥰😍🤩😘😗",
    ];
    const unit = fc
      .constantFrom(...classes.map((letters) => [...letters]))
      .chain((letters) => fc.array(fc.constantFrom(...letters), { minLength: 15, maxLength: 60 }));
    fc.assert(
      fc.property(unit, (letters) => {
        fc.pre(new Set(letters).size >= 4);
        expect(isGood(letters.join(""))).toBe(true);
      }),
    );
  });

  it.each([
    "grace.hoppergrace.hopper",
    "Grace.Hopper2026",
    "HopperHopperHopper",
    "keyward-password",
    "AdmiralGrace.Hopper1",
    "aaaaaaaaaaaaaaaa",
    "abababababababab",
    "passwordpassword1",
  ])("refuses %s, which is little else than known words", (password) => {
    expect(isGood(password)).toBe(false);
  });

  it("takes names as part of something longer", () => {
    expect(isGood("grace.hopper sails by moonlight")).toBe(true);
  });
});
