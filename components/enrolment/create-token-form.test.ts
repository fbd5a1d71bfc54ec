import { describe, expect, test } from "vitest";
import { CreateTokenForm } from "./create-token-form";

const parse = (allowedCidrs: string | undefined) => CreateTokenForm.safeParse({ name: "Laptops", allowedCidrs });

describe("CreateTokenForm", () => {
  test("networks are separated by commas, spaces or lines, and may be left out", () => {
    expect(parse("10.0.0.0/8, 192.0.2.1/32;\n2001:db8::/32  ").data?.allowedCidrs).toEqual([
      "10.0.0.0/8",
      "192.0.2.1/32",
      "2001:db8::/32",
    ]);
    expect(parse(undefined).data?.allowedCidrs).toEqual([]);
    expect(parse("").data?.allowedCidrs).toEqual([]);
  });

  test("the complaint names what is not a network", () => {
    const { error } = parse("10.0.0.0/8, 10.0.0.0/33");
    expect(error?.issues).toMatchObject([
      { path: ["allowedCidrs"], message: expect.stringContaining("“10.0.0.0/33”") },
    ]);
  });
});
