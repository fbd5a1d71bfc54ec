import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, getSql } from "@/db/client";
import { tags } from "@/db/schema";
import { type RowContext, read, type Tx, transact } from "@/server/core/database";
import { databaseCode, toAppError } from "@/server/core/errors";
import { log } from "@/server/core/log";
import { send } from "@/server/core/transaction";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  log.level = "silent";
  world = await createWorld();
});
afterAll(() => world.end());

const SYSTEM: RowContext = { scope: "system", userId: null };

const pidOf = async (tx: Pick<Tx, "execute">): Promise<number> => {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return row?.pid ?? 0;
};

const kill = (pid: number) => world.database.sql`select pg_terminate_backend(${pid}, 5000)`;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => toAppError(error).code,
  );
const there = async (name: string) => (await world.database.sql`select 1 from tags where name = ${name}`).length > 0;

/** Something one side waits for and the other opens. */
function gate<T = void>() {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Every transaction gets the same connection, or the one opened in its place. */
describe("on a single connection", () => {
  beforeEach(async () => {
    await closeDatabase();
    process.env.KEYWARD_DATABASE_POOL = "1";
  });
  afterEach(async () => {
    await closeDatabase();
    delete process.env.KEYWARD_DATABASE_POOL;
  });

  it("a connection that ends under a statement ends the transaction, not the process, and the next one works", async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = factories.unique("tag");
      const begun = gate<number>();
      const doomed = codeOf(
        transact(SYSTEM, async (tx) => {
          await tx.insert(tags).values({ name });
          begun.open(await pidOf(tx));
          await tx.execute(sql`select pg_sleep(30)`);
        }),
      );
      await kill(await begun.opened);
      expect(await doomed).toBe("unavailable");
      expect(await there(name)).toBe(false);
      const [row] = await read(SYSTEM, (reader) =>
        reader.execute<{ answer: number }>(sql`select ${round}::int as answer`),
      );
      expect(row?.answer).toBe(round);
    }
  });

  it("one whose end the work does not mind is lost all the same", async () => {
    const name = factories.unique("tag");
    const begun = gate<number>();
    const doomed = codeOf(
      transact(SYSTEM, async (tx) => {
        begun.open(await pidOf(tx));
        await tx.execute(sql`select pg_sleep(30)`).catch(() => undefined);
        await tx
          .insert(tags)
          .values({ name })
          .catch(() => undefined);
      }),
    );
    await kill(await begun.opened);
    expect(await doomed).toBe("unavailable");
    expect(await there(name)).toBe(false);
    expect(await getSql()`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it("one that ends under several statements at once ends them all", async () => {
    const begun = gate<number>();
    const doomed = codeOf(
      transact(SYSTEM, async (tx) => {
        begun.open(await pidOf(tx));
        await Promise.all([1, 2, 3].map(() => tx.execute(sql`select pg_sleep(30)`)));
      }),
    );
    await kill(await begun.opened);
    expect(await doomed).toBe("unavailable");
    expect(await getSql()`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it.each(["goes on", "has nothing more to send", "fails"])(
    "a transaction that lost its connection while it was busy elsewhere and %s touches nobody else's",
    async (then) => {
      const [lost, other] = [factories.unique("lost"), factories.unique("other")];
      const [begun, resume, inside, finish] = [gate<number>(), gate(), gate(), gate()];
      const doomed = codeOf(
        transact(SYSTEM, async (tx) => {
          begun.open(await pidOf(tx));
          await resume.opened;
          if (then === "fails") throw new Error("for reasons of its own");
          if (then === "goes on") await tx.insert(tags).values({ name: lost });
        }),
      );
      await kill(await begun.opened);
      const second = codeOf(
        transact(SYSTEM, async (tx) => {
          await tx.insert(tags).values({ name: other });
          inside.open();
          await finish.opened;
          throw new Error("rolled back");
        }),
      );
      await inside.opened;
      resume.open();
      expect(await doomed).toBe("unavailable");
      finish.open();
      expect(await second).toBe("internal");
      expect([await there(lost), await there(other)]).toEqual([false, false]);
      expect(await codeOf(transact(SYSTEM, (tx) => tx.insert(tags).values({ name: other })))).toBe("done");
      expect(await there(other)).toBe(true);
    },
  );

  it("who waits for a connection that ends gets the one that is opened in its place", async () => {
    const [begun, resume] = [gate<number>(), gate()];
    const doomed = codeOf(
      transact(SYSTEM, async (tx) => {
        begun.open(await pidOf(tx));
        await resume.opened;
      }),
    );
    const pid = await begun.opened;
    const waiting = [1, 2, 3].map(() => codeOf(transact(SYSTEM, pidOf)));
    await kill(pid);
    expect(await Promise.all(waiting)).toEqual(["done", "done", "done"]);
    resume.open();
    expect(await doomed).toBe("unavailable");
  });

  it("a statement that is cut short says “try again”, and its connection stays good", async () => {
    const pid = await read(SYSTEM, pidOf);
    const slow = read(SYSTEM, async (reader) => {
      await reader.execute(sql`set local statement_timeout = 20`);
      await reader.execute(sql`select pg_sleep(30)`);
    });
    expect(await codeOf(slow)).toBe("unavailable");
    expect(await read(SYSTEM, pidOf)).toBe(pid);
  });

  it("a statement that was sent last and fails undoes the whole transaction, and says why", async () => {
    const name = factories.unique("tag");
    const failing = transact(SYSTEM, async (tx) => {
      await tx.insert(tags).values({ name });
      send(tx, tx.insert(tags).values({ name }).toSQL());
    });
    expect(databaseCode(await failing.catch((error: unknown) => error))).toBe("23505");
    expect(await there(name)).toBe(false);
    expect(await codeOf(transact(SYSTEM, (tx) => tx.insert(tags).values({ name })))).toBe("done");
  });

  it("a failed statement that the work does not mind is not committed around", async () => {
    const name = factories.unique("tag");
    const swallowing = transact(SYSTEM, async (tx) => {
      await tx.insert(tags).values({ name });
      await tx.execute(sql`select 1 / 0`).catch(() => undefined);
    });
    expect(databaseCode(await swallowing.catch((error: unknown) => error))).toBe("22012");
    expect(await there(name)).toBe(false);
  });

  it("whatever comes after a transaction on the same connection is outside of it", async () => {
    const names = [factories.unique("kept"), factories.unique("gone"), factories.unique("kept")];
    const outcomes = names.map((name, at) =>
      codeOf(
        transact(SYSTEM, async (tx) => {
          await tx.insert(tags).values({ name });
          if (at === 1) throw new Error("no");
        }),
      ),
    );
    expect(await Promise.all(outcomes)).toEqual(["done", "internal", "done"]);
    expect(await Promise.all(names.map(there))).toEqual([true, false, true]);
    const [row] = await getSql()`select current_setting('app.scope', true) as scope`;
    expect(row?.scope || null).toBeNull();
  });

  it("a failure of the work's own rolls back and keeps the connection", async () => {
    const name = factories.unique("tag");
    const pid = await read(SYSTEM, pidOf);
    const failing = transact(SYSTEM, async (tx) => {
      await tx.insert(tags).values({ name });
      throw new Error("no");
    });
    expect(await codeOf(failing)).toBe("internal");
    expect(await there(name)).toBe(false);
    expect(await read(SYSTEM, pidOf)).toBe(pid);
  });
});

it("of statements sent together, the one that is to blame is heard and not those it took along", async () => {
  const failure = await transact(SYSTEM, async (tx) => {
    const toBlame = Promise.resolve(tx.execute(sql`select 'x'::text::uuid`)).catch(() => undefined);
    const taken = Promise.resolve(tx.execute(sql`select 1`));
    await Promise.all([toBlame, taken]);
  }).catch(toAppError);
  expect(failure).toMatchObject({ code: "malformed" });
});
