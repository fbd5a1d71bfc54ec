import { expect, it, vi } from "vitest";
import { gathered } from "./gathered";
import { log } from "./log";

it("what comes within a second is written once, of each key the latest", async () => {
  const written: [string, number][][] = [];
  const note = gathered<string, number>({ what: "numbers", write: async (noted) => void written.push([...noted]) });
  note("a", 1);
  note("b", 2);
  note("a", 3);
  expect(written).toEqual([]);
  await expect
    .poll(() => written, { timeout: 5000 })
    .toEqual([
      [
        ["a", 3],
        ["b", 2],
      ],
    ]);
});

it("what cannot be written is logged and lost, and what comes after it is written", async () => {
  const warned = vi.spyOn(log, "warn").mockReturnValue(undefined);
  const written: string[] = [];
  let isBroken = true;
  const note = gathered<string, void>({
    what: "words",
    async write(noted) {
      if (isBroken) throw new Error("no database");
      written.push(...noted.keys());
    },
  });
  note("lost");
  await expect.poll(() => warned.mock.calls.length, { timeout: 5000 }).toBe(1);
  isBroken = false;
  note("kept");
  await expect.poll(() => written, { timeout: 5000 }).toEqual(["kept"]);
});
