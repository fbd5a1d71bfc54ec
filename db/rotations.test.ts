import { randomBytes, randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { plantSession, plantUser } from "./test-rows";

let database: TestDatabase;
/** As the login. */
let sql: Sql;
/** As the server, without a context. */
let app: Sql;
beforeAll(async () => {
  database = await testDatabase();
  ({ sql, app } = database);
});
afterAll(() => database.drop());

let userId: string;
let sessionId: string;
beforeEach(async () => {
  userId = await plantUser(sql);
  sessionId = await plantSession(sql, userId);
});

const hash = () => randomBytes(32).toString("hex");

describe("authority_rotations", () => {
  const rotateAll = (asked: readonly [string, number][]) => app`
    select * from authority_rotations(${asked.map(([id]) => id)}::uuid[], ${asked.map(([, generation]) => generation)}::int[],
                                      ${asked.map(hash)}::text[]) order by slot`;

  test("rotates each session once, in its place, and refuses what authority_rotate refuses", async () => {
    const other = await plantSession(sql, userId);
    const ended = await plantSession(sql, userId);
    await sql`update sessions set revoked_at = now(), revoke_reason = 'logout' where id = ${ended}`;
    const asked: [string, number][] = [
      [randomUUID(), 1],
      [other, 1],
      [ended, 1],
      [sessionId, 1],
      [other, 1],
      [sessionId, 7],
    ];
    expect(await rotateAll(asked)).toMatchObject([
      { slot: 1, isBusy: true },
      { slot: 2, isBusy: false, sessionId: other, userId, generation: 2 },
      { slot: 4, isBusy: false, sessionId, userId, generation: 2 },
    ]);
  });

  test("does not wait for a session that somebody holds, nor keep the others from theirs", async () => {
    const held = await plantSession(sql, userId);
    await sql.begin(async (tx) => {
      await tx`select from sessions where id = ${held} for update`;
      expect(
        await rotateAll([
          [held, 1],
          [sessionId, 1],
        ]),
      ).toMatchObject([
        { slot: 1, isBusy: true, sessionId: null },
        { slot: 2, isBusy: false, sessionId },
      ]);
    });
  });

  test("never dead-locks with another batch or with a revocation, whatever their orders", async () => {
    for (let round = 0; round < 20; round++) {
      const [one, two] = [await plantSession(sql, userId), await plantSession(sql, userId)];
      const revoke = sql.begin(async (tx) => {
        for (const id of [two, one])
          await tx`update sessions set revoked_at = now(), revoke_reason = 'logout' where id = ${id}`;
      });
      await Promise.all([
        rotateAll([
          [one, 1],
          [two, 1],
        ]),
        revoke,
        rotateAll([
          [two, 1],
          [one, 1],
        ]),
      ]);
      expect(
        (
          await rotateAll([
            [one, 2],
            [two, 2],
          ])
        ).filter((row) => !row.isBusy),
      ).toEqual([]);
    }
  });
});
