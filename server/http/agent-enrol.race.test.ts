import { afterAll, beforeAll, expect, it } from "vitest";
import { EnrolResult } from "@/server/modules/agents/schema";
import { type AgentAnswer, ask, enrolment, refusal } from "@/server/testing/agent-answer";
import { DeviceClient, newDeviceKeys } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const enrol = (client: DeviceClient, token: string) => ask(enrolment(client, token));

/** How often each answer came: `201`, or the code of the refusal. */
function tally(answers: readonly AgentAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code = String(status) } of answers) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

async function rowsOf(tokenId: string) {
  const [row] = await world.database.sql`
    select (select count(*)::int from devices where enrolment_token_id = t.id) as devices,
           (select count(*)::int from enrolment_token_uses where enrolment_token_id = t.id) as uses,
           (select count(*)::int from audit_logs where event_type = 'device.enrolled' and metadata ->> 'tokenId' = t.id::text) as audited,
           (select count(*)::int from device_keys k join devices d on d.id = k.device_id where d.enrolment_token_id = t.id) as keys,
           usage_current as used
      from enrolment_tokens t where id = ${tokenId}`;
  return row;
}

it("enrols exactly ten of five hundred at once with a token for ten, and refuses the others by type", async () => {
  const token = await factories.enrolmentToken({ usageLimit: 10 });
  const clients = Array.from({ length: 500 }, () => new DeviceClient(newDeviceKeys()));
  const answers = await Promise.all(clients.map((client) => enrol(client, token.secret)));
  expect(tally(answers)).toEqual({ 201: 10, "token-exhausted": 490 });
  expect(answers.every(({ isSigned }) => isSigned)).toBe(true);
  expect(await rowsOf(token.id)).toEqual({ devices: 10, uses: 10, audited: 10, keys: 10, used: 10 });
});

it("makes one device and one use of two hundred retries of one key at once, with one answer", async () => {
  const token = await factories.enrolmentToken({ usageLimit: 10 });
  const client = new DeviceClient();
  const answers = await Promise.all(Array.from({ length: 200 }, () => enrol(client, token.secret)));
  expect(tally(answers)).toEqual({ 200: 199, 201: 1 });
  expect(new Set(answers.map((answer) => answer.read(EnrolResult).deviceId)).size).toBe(1);
  expect(await rowsOf(token.id)).toEqual({ devices: 1, uses: 1, audited: 1, keys: 1, used: 1 });
});

it("answers a retry whose token is used up since: the key is what makes it the same enrolment", async () => {
  const token = await factories.enrolmentToken();
  const client = new DeviceClient();
  const first = await enrol(client, token.secret);
  const second = await enrol(client, token.secret);
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.text).toBe(first.text);
  expect(await enrol(new DeviceClient(), token.secret)).toMatchObject(refusal(403, "token-exhausted"));
  expect(await rowsOf(token.id)).toMatchObject({ devices: 1, uses: 1, used: 1 });
});

/** Until a statement of the server waits for something another transaction holds. */
async function waitingForLock(): Promise<void> {
  const { sql } = world.database;
  const waiting = async () => {
    const [row] = await sql`
      select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`;
    return row?.waiting;
  };
  await expect.poll(waiting, { timeout: 15_000 }).toBeGreaterThan(0);
}

/** Enrols while somebody holds the token's row: it is found as it was, and used as it is when they let go. */
async function enrolDuring(change: "expires_at = now() - interval '1 s'" | "revoked_at = now()") {
  const token = await factories.enrolmentToken({ usageLimit: 5 });
  const answers: Promise<AgentAnswer>[] = [];
  await world.database.sql.begin(async (tx) => {
    await tx.unsafe(`update enrolment_tokens set ${change} where id = '${token.id}'`);
    answers.push(enrol(new DeviceClient(), token.secret));
    await waitingForLock();
  });
  return { token, answer: (await Promise.all(answers))[0] };
}

it("refuses a token that expires between being found and being used, and writes nothing", async () => {
  const { answer, token } = await enrolDuring("expires_at = now() - interval '1 s'");
  expect(answer).toMatchObject(refusal(403, "token-expired"));
  expect(await rowsOf(token.id)).toEqual({ devices: 0, uses: 0, audited: 0, keys: 0, used: 0 });
});

it("refuses a token that is revoked between being found and being used, and writes nothing", async () => {
  const { answer, token } = await enrolDuring("revoked_at = now()");
  expect(answer).toMatchObject(refusal(403, "token-revoked"));
  expect(await rowsOf(token.id)).toEqual({ devices: 0, uses: 0, audited: 0, keys: 0, used: 0 });
});

it("has only enrolments of one key wait for each other", async () => {
  const token = await factories.enrolmentToken({ usageLimit: 5 });
  const held = new DeviceClient();
  const answers: Promise<AgentAnswer>[] = [];
  await world.database.sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${held.keys.kid}, 42))`;
    answers.push(enrol(held, token.secret));
    await waitingForLock();
    expect((await enrol(new DeviceClient(), token.secret)).status).toBe(201);
  });
  expect((await Promise.all(answers))[0]?.status).toBe(201);
  expect(await rowsOf(token.id)).toMatchObject({ devices: 2, used: 2 });
});
