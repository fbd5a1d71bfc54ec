import { expect, test } from "vitest";
import { scaleTop } from "./enrolment-chart";

test("the scale ends at the next round number, and has a height without any value", () => {
  expect([0, 1, 2, 3, 7, 10, 11, 49, 120].map(scaleTop)).toEqual([1, 1, 2, 5, 10, 10, 20, 50, 200]);
});
