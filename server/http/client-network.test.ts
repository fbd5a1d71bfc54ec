import { describe, expect, it } from "vitest";
import { neighbourhood, ownAddress } from "./client-network";

describe("the network of a client", () => {
  it.each([
    ["192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"],
    ["::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:db8::1", "2001:db8::/64", "2001:db8::/48"],
    ["::1", "::/64", "::/48"],
    [null, "unknown", "unknown"],
    ["not an address", "unknown", "unknown"],
  ])("of %s is its own %s and its neighbours' %s", (ip, own, network) => {
    expect([ownAddress(ip), neighbourhood(ip)]).toEqual([own, network]);
  });
});
