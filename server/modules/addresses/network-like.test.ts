import { expect, it } from "vitest";
import { networkLike } from "./network-like";

it.each([
  ["10.77.0.9", "10.77.0.9"],
  ["10.77.", "10.77.0.0/16"],
  ["10.", "10.0.0.0/8"],
  ["10.77.3.", "10.77.3.0/24"],
  ["10.77.0.0/16", "10.77.0.0/16"],
  ["fd00::5", "fd00::5"],
  ["fd00::/64", "fd00::/64"],
])("%s is looked for among addresses, as %s", (typed, network) => {
  expect(networkLike(typed)).toBe(network);
});

it.each(["lt-10", "10", "10.77", "300.1.", "10.77.0.0/33", "fd00::/129", "10.0.0.0/", "web.10.", ""])(
  "“%s” is a device's name",
  (typed) => {
    expect(networkLike(typed)).toBeUndefined();
  },
);
