import fc from "fast-check";
import { expect, it } from "vitest";
import { bytesScaleTop, bytesText } from "./bytes";

it("writes bytes in the largest unit of which there is one, with one decimal at most", () => {
  expect([0, 1, 1023, 1024, 1536, 1_048_524, 1_048_575, 33_594_343_424, 1024 ** 6].map(bytesText)).toEqual([
    "0 B",
    "1 B",
    "1,023 B",
    "1 KiB",
    "1.5 KiB",
    "1,023.9 KiB",
    "1 MiB",
    "31.3 GiB",
    "1,024 PiB",
  ]);
});

it("ends a scale at a round number that is high enough and not far above", () => {
  expect([0, 3, 600, 1024, 3_000_000].map((highest) => bytesText(bytesScaleTop(highest)))).toEqual([
    "1 B",
    "5 B",
    "1 KiB",
    "1 KiB",
    "5 MiB",
  ]);
  const amounts = fc.integer({ min: 1, max: 2 ** 50 });
  fc.assert(fc.property(amounts, (bytes) => bytesScaleTop(bytes) >= bytes && bytesScaleTop(bytes) <= bytes * 2.5));
});
