import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { AppError } from "@/server/core/errors";
import { DeviceId } from "@/server/core/ids";
import { log } from "@/server/core/log";
import { command } from "@/server/core/operation";
import { enqueue } from "@/server/core/outbox";
import { claim, MAX_ATTEMPTS, markDelivered, retryDelayS, sweep } from "@/server/core/outbox-delivery";
import { cutListening } from "@/server/testing/listening";
import { createWorld, type World } from "@/server/testing/world";
import { type Consumers, deliverSome } from "./deliver";
import { startOutbox } from "./outbox";

let world: World;
beforeAll(async () => {
  log.level = "silent";
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.database.sql`delete from outbox`;
});

const TOPIC = "device.documents-outdated";

/** Asks for so many effects, and may fail after that. */
const ask = command({
  permission: "system",
  unaudited: "A test's",
  input: z.object({ ids: z.array(DeviceId), fails: z.boolean().default(false) }),
  output: z.void(),
  async run({ tx }, { ids, fails }) {
    const payloads = ids.map((id) => ({ deviceIds: [id] }));
    await enqueue(tx, TOPIC, payloads);
    if (fails) throw new AppError("conflict");
  },
});

const newIds = (count: number) => Array.from({ length: count }, () => DeviceId.parse(crypto.randomUUID()));

async function asked(count = 1): Promise<string[]> {
  const ids = newIds(count);
  await ask.execute(world.system, { ids, fails: false });
  return ids;
}

/** Notes what it is given. */
function recorder() {
  const seen: string[] = [];
  const consumers: Consumers = {
    [TOPIC]: async ({ payload }) => void seen.push(...payload.deviceIds),
  };
  return { seen, consumers };
}

const failing = (error: unknown): Consumers => ({ [TOPIC]: () => Promise.reject(error) });

const rows = () =>
  world.database.sql`
    select attempts, delivered_at is not null as delivered, failed_at is not null as failed, last_error,
           available_at <= now() as due from outbox`;

/** What time would do; a little more, as the column rounds. */
const letItBeDue = () =>
  world.database.sql`update outbox set available_at = now() - interval '1 ms' where delivered_at is null`;

describe("an effect", () => {
  it("of a command that fails never was", async () => {
    await expect(ask.execute(world.system, { ids: newIds(3), fails: true })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(await rows()).toEqual([]);
  });

  it("is refused with a payload its topic does not have, and the command with it", async () => {
    const tooMany = command({
      permission: "system",
      unaudited: "A test's",
      input: z.void(),
      output: z.void(),
      run: ({ tx }) => enqueue(tx, TOPIC, [{ deviceIds: newIds(501) }]),
    });
    await expect(tooMany.execute(world.system, undefined)).rejects.toThrow();
    expect(await rows()).toEqual([]);
  });

  it("is due at once, and delivered once", async () => {
    const { seen, consumers } = recorder();
    for (let round = 0; round < 20; round += 1) {
      const [id] = await asked();
      expect(await deliverSome(consumers)).toBe(1);
      expect(seen.at(-1)).toBe(id);
    }
    expect(await deliverSome(consumers)).toBe(0);
    expect(new Set(seen).size).toBe(20);
  });

  it("that a process took on and died with is delivered by another after its lease, and not before", async () => {
    const ids = await asked();
    await claim.execute(world.system, undefined);
    const { seen, consumers } = recorder();
    expect(await deliverSome(consumers)).toBe(0);
    await letItBeDue();
    expect(await deliverSome(consumers)).toBe(1);
    expect(seen).toEqual(ids);
  });

  it("is not taken for delivered by the late word of an attempt that another has followed", async () => {
    await asked();
    const [first] = await claim.execute(world.system, undefined);
    await letItBeDue();
    const [second] = await claim.execute(world.system, undefined);
    await markDelivered.execute(world.system, first ?? { id: crypto.randomUUID(), attempts: 0 });
    expect(await rows()).toMatchObject([{ delivered: false, attempts: 2 }]);
    await markDelivered.execute(world.system, second ?? { id: crypto.randomUUID(), attempts: 0 });
    expect(await rows()).toMatchObject([{ delivered: true }]);
  });

  it("has one taker, however many processes look at the same time", async () => {
    const ids = await asked(200);
    const takers = Array.from({ length: 8 }, recorder);
    const work = async (consumers: Consumers) => {
      while ((await deliverSome(consumers)) > 0);
    };
    await Promise.all(takers.map(({ consumers }) => work(consumers)));
    const seen = takers.flatMap((taker) => taker.seen);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect(await rows()).toEqual(Array.from({ length: 200 }, () => expect.objectContaining({ attempts: 1 })));
  });
});

describe("a delivery that fails", () => {
  it("is tried again later, and what is kept of the failure quotes nothing", async () => {
    const ids = await asked();
    await deliverSome(failing(new TypeError("the secret is hunter2")));
    expect(await rows()).toEqual([
      { attempts: 1, delivered: false, failed: false, lastError: "TypeError", due: false },
    ]);
    await letItBeDue();
    await deliverSome(failing(new AppError("unavailable", "https://user:hunter2@example.com does not answer")));
    expect(await rows()).toMatchObject([{ attempts: 2, lastError: "unavailable", due: false }]);
    await letItBeDue();
    const { seen, consumers } = recorder();
    await deliverSome(consumers);
    expect(seen).toEqual(ids);
    expect(await rows()).toMatchObject([{ attempts: 3, delivered: true }]);
  });

  it("holds up no other", async () => {
    const [bad, ...good] = await asked(3);
    const seen: string[] = [];
    await deliverSome({
      [TOPIC]: async ({ payload }) => {
        if (payload.deviceIds.some((id) => id === bad)) throw new Error("no");
        seen.push(...payload.deviceIds);
      },
    });
    expect(seen.toSorted()).toEqual(good.toSorted());
  });

  it("is given up after the last attempt, and then is kept and counted", async () => {
    await asked();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      expect(await rows()).toMatchObject([{ failed: false }]);
      await letItBeDue();
      expect(await deliverSome(failing(new Error("no")))).toBe(1);
    }
    await letItBeDue();
    expect(await deliverSome(failing(new Error("no")))).toBe(0);
    expect(await rows()).toMatchObject([
      { attempts: MAX_ATTEMPTS, delivered: false, failed: true, lastError: "Error" },
    ]);
    expect(await sweep.execute(world.system, undefined)).toEqual({ givenUp: 1 });
  });

  it("by ending the process every time is given up, too", async () => {
    await asked();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      await letItBeDue();
      expect(await claim.execute(world.system, undefined)).toHaveLength(1);
    }
    expect(await sweep.execute(world.system, undefined)).toEqual({ givenUp: 0 });
    await letItBeDue();
    expect(await claim.execute(world.system, undefined)).toEqual([]);
    expect(await sweep.execute(world.system, undefined)).toEqual({ givenUp: 1 });
    expect(await rows()).toMatchObject([{ failed: true }]);
  });

  it("for want of a consumer waits for a version that has one", async () => {
    // Not this very moment, which the column rounds up to the millisecond: it would be due only then.
    await world.database.sql`
      insert into outbox (topic, available_at) values ('tomorrow.invented', now() - interval '1 second')`;
    const { consumers } = recorder();
    expect(await deliverSome(consumers)).toBe(1);
    expect(await rows()).toMatchObject([{ attempts: 1, failed: false, due: false, lastError: "not-found" }]);
  });

  it("waits twice as long each time, by half a chance, and an hour at most", () => {
    const attempts = Array.from({ length: MAX_ATTEMPTS }, (_, at) => at + 1);
    expect(attempts.map((attempt) => retryDelayS(attempt, 1))).toEqual([
      ...[5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600],
    ]);
    for (const attempt of attempts) expect(retryDelayS(attempt, 0)).toBe(retryDelayS(attempt, 1) / 2);
  });
});

describe("the server's deliveries", () => {
  const HOUR_MS = 3_600_000;
  const running: { stop(): Promise<void> }[] = [];
  const start = (deliveredBy: Consumers) => {
    const started = startOutbox({ deliveredBy, pollMs: HOUR_MS });
    running.push(started);
    return started;
  };
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });

  it("begin with what was committed while nobody was there", async () => {
    const ids = await asked(12);
    const { seen, consumers } = recorder();
    start(consumers);
    await expect.poll(() => seen.toSorted()).toEqual(ids.toSorted());
  });

  it("are woken by a commit, whichever process it is of, long before they would look", async () => {
    const [one, other] = [recorder(), recorder()];
    start(one.consumers);
    start(other.consumers);
    const ids: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      ids.push(...(await asked(round % 3)));
      await expect.poll(() => [...one.seen, ...other.seen].toSorted()).toEqual(ids.toSorted());
    }
  });

  it("are woken again after the listening connection was lost, also for what was committed in between", async () => {
    const { seen, consumers } = recorder();
    start(consumers);
    const ids = await asked();
    await expect.poll(() => seen).toEqual(ids);
    await cutListening(world.database);
    ids.push(...(await asked()));
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(ids);
    ids.push(...(await asked()));
    await expect.poll(() => seen).toEqual(ids);
  });

  it("that are stopped finish what they took on and take on nothing more", async () => {
    const { seen, consumers } = recorder();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: taken, resolve: take } = Promise.withResolvers<void>();
    const slow: Consumers = {
      [TOPIC]: async (delivery) => {
        take();
        await released;
        await consumers[TOPIC](delivery);
      },
    };
    const ids = await asked();
    const { stop } = start(slow);
    await taken;
    const stopped = stop();
    await asked();
    release();
    await stopped;
    expect(seen).toEqual(ids);
    expect(await rows()).toHaveLength(2);
  });
});

describe("the sweep", () => {
  it("forgets what was delivered more than a week ago and nothing else", async () => {
    await world.database.sql`
      insert into outbox (topic, delivered_at, failed_at) values
        ('a', now() - interval '8 days', null), ('b', now() - interval '6 days', null),
        ('c', null, null), ('d', null, now() - interval '80 days')`;
    expect(await sweep.execute(world.system, undefined)).toEqual({ givenUp: 1 });
    const left = await world.database.sql`select topic from outbox order by topic`;
    expect(left.map(({ topic }) => topic)).toEqual(["b", "c", "d"]);
  });
});
