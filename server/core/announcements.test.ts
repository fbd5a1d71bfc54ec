import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { cutListening, listening } from "@/server/testing/listening";
import { createWorld, type World } from "@/server/testing/world";
import { announce, onAnnounced } from "./announcements";
import { AppError } from "./errors";
import { command } from "./operation";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

/** Announces a topic and may fail after that. */
const say = command({
  permission: "system",
  unaudited: "A test's",
  input: z.object({ topic: z.string(), fails: z.boolean().default(false) }),
  output: z.void(),
  async run({ tx }, { topic, fails }) {
    await announce(tx, topic);
    if (fails) throw new AppError("conflict");
  },
});
const said = (topic: string) => say.execute(world.system, { topic, fails: false });

/** Counts how often it was told to look. */
function watch(topic: string) {
  const count = { looks: 0 };
  const stop = onAnnounced([topic], () => {
    count.looks += 1;
  });
  return Object.assign(count, { stop });
}

/** Waits until the listening connection is there, and forgets that it made everybody look. */
async function settled(...watchers: { looks: number }[]): Promise<void> {
  await expect.poll(() => watchers.every(({ looks }) => looks > 0)).toBe(true);
  for (const watcher of watchers) watcher.looks = 0;
}

describe("what is announced", () => {
  it("is heard by all who watch its topic and nobody else, over one connection", async () => {
    const [one, other, stranger] = [watch("a"), watch("a"), watch("b")];
    await settled(one, other, stranger);
    await said("a");
    await said("nobody's");
    await expect.poll(() => [one.looks, other.looks]).toEqual([1, 1]);
    expect(stranger.looks).toBe(0);
    expect(await listening(world.database)).toHaveLength(1);
    for (const watcher of [one, other, stranger]) watcher.stop();
  });

  it("by a command that fails is never heard", async () => {
    const [failed, done] = [watch("failed"), watch("done")];
    await expect(say.execute(world.system, { topic: "failed", fails: true })).rejects.toThrow();
    await said("done");
    await expect.poll(() => done.looks).toBe(1);
    expect(failed.looks).toBe(0);
    for (const watcher of [failed, done]) watcher.stop();
  });

  it("is heard no more by who stopped", async () => {
    const [gone, staying] = [watch("c"), watch("c")];
    gone.stop();
    await said("c");
    await expect.poll(() => staying.looks).toBe(1);
    expect(gone.looks).toBe(0);
    staying.stop();
  });
});

it("everybody looks once a lost connection is back, and hears again", async () => {
  const topics = Array.from({ length: 20 }, (_, at) => `topic-${at}`);
  const watchers = topics.map(watch);
  for (let round = 0; round < 2; round += 1) {
    const [before] = await listening(world.database);
    await cutListening(world.database);
    await expect.poll(() => watchers.map(({ looks }) => looks), { timeout: 5000 }).toEqual(topics.map(() => 1));
    expect(await listening(world.database)).not.toContain(before);
    await Promise.all(topics.map(said));
    await expect.poll(() => watchers.map(({ looks }) => looks)).toEqual(topics.map(() => 2));
    for (const watcher of watchers) watcher.looks = 0;
  }
  for (const { stop } of watchers) stop();
});
