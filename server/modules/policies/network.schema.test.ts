import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregate } from "./address-range";
import { CanonicalAddress, CanonicalNetwork } from "./network.schema";

const complaint = (text: string) => CanonicalNetwork.safeParse(text).error?.issues[0]?.message;

describe("a destination", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    [" 10.0.3.4 ", "10.0.3.4/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["FD00:0::/8", "fd00::/8"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1/128"],
    ["::1.2.3.4", "::102:304/128"],
    ["::/0", "::/0"],
  ])("%s is stored as %s", (text, stored) => {
    expect(CanonicalNetwork.parse(text)).toBe(stored);
  });

  it("with host bits is refused, and told which network and which address it may have been", () => {
    expect(complaint("10.0.3.4/16")).toContain("10.0.0.0/16 for the network, or 10.0.3.4/32");
    expect(complaint("2001:db8::1/32")).toContain("2001:db8::/32 for the network, or 2001:db8::1/128");
  });

  it("that is IPv4 written as IPv6 is refused, and told how to write it", () => {
    expect(complaint("::ffff:10.0.3.0/120")).toContain("Write 10.0.3.0/24.");
    expect(complaint("::ffff:a00:304")).toContain("Write 10.0.3.4/32.");
  });

  it.each(["", "10.0/8", "010.0.0.0/8", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "fe80::1%eth0", "::/129", "all"])(
    "“%s” is no network",
    (text) => {
      expect(complaint(text)).toMatch(/^Enter a network/);
    },
  );

  it("once stored is stored as it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 128 }), (address, prefix) => {
        const stored = CanonicalNetwork.safeParse(`${address}/${prefix}`).data;
        if (stored !== undefined) expect(CanonicalNetwork.parse(stored)).toBe(stored);
      }),
    );
  });
});

it("an address is one, in its one spelling", () => {
  expect(CanonicalAddress.parse("::ffff:10.0.3.4")).toBe("10.0.3.4");
  expect(CanonicalAddress.parse("2001:DB8::0:1")).toBe("2001:db8::1");
  expect(CanonicalAddress.safeParse("10.0.0.0/8").success).toBe(false);
});

it("aggregated networks are as few as can be, and aggregating them again changes nothing", () => {
  expect(aggregate(["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"])).toEqual(["0.0.0.0/0", "::/0"]);
  const networks = fc.array(
    fc
      .record({ address: fc.ipV4(), prefix: fc.integer({ min: 4, max: 32 }) })
      .map((each) => `${each.address}/${each.prefix}`),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(networks, (list) => {
      const once = aggregate(list);
      expect(once.length).toBeLessThanOrEqual(list.length);
      expect(aggregate(once)).toEqual(once);
    }),
  );
});
