import { randomBytes } from "node:crypto";
import { expect, test } from "@playwright/test";
import postgres from "postgres";
import { databaseUrlOf } from "./fixtures/database";
import { ADMIN } from "./fixtures/organisation";
import { type Replica, startReplica } from "./fixtures/replica";
import { type RunningServer, startServer } from "./fixtures/server";
import { type OpenSession, openSession, useKeysOf } from "./fixtures/sessions";

/**
 * Two processes on one database: what ends a session is committed through the first, and the second, which is asked all
 * the while, must refuse whatever reaches it once the first has answered. Nothing connects the two but the database.
 */
let first: RunningServer;
let second: Replica;
let sql: postgres.Sql;
let admin: OpenSession;
let people: Person[];

/** As many people at the same time; each lives through one round after the other. */
const PEOPLE = 10;
/** How many requests of one session are under way at the second server at the same time. */
const ASKERS = 2;
const PASSWORD = "nine grey geese over marsh";

interface Person {
  id: string;
  username: string;
}

test.beforeAll(async () => {
  first = await startServer({
    env: { KEYWARD_INIT_ADMIN_USERNAME: ADMIN.username, KEYWARD_INIT_ADMIN_PASSWORD: ADMIN.password },
  });
  second = await startReplica(first);
  useKeysOf(first);
  sql = postgres(databaseUrlOf(first), { max: 4, onnotice: () => undefined });
  const [found] = await sql`select id from users where username = ${ADMIN.username}`;
  admin = await openSession(sql, found?.id);
  people = await Promise.all(Array.from({ length: PEOPLE }, newPerson));
});
test.afterAll(async () => {
  await sql?.end();
  await second?.server.stop();
  await first?.stop();
});

/** A mutation at the first server, which has answered, and so committed, once this is done. */
async function change(path: string, input: unknown, by?: OpenSession): Promise<unknown> {
  const answer = await fetch(`${first.url}/api/trpc/${path}`, {
    method: "POST",
    headers: {
      "sec-fetch-site": "same-origin",
      "content-type": "application/json",
      ...(by ? { cookie: by.cookie } : {}),
    },
    body: JSON.stringify(input),
  });
  const body = await answer.json();
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return body.result.data;
}

const linkFor = async (path: string, input: unknown) => {
  const { url, userId } = (await change(path, input, admin)) as { url: string; userId: string };
  return { token: new URL(url).hash.slice(1), userId };
};

async function newPerson(): Promise<Person> {
  const username = `person-${randomBytes(4).toString("hex")}`;
  const { token, userId } = await linkFor("users.create", { username, roles: ["viewer"] });
  await change("account.choosePassword", { token, password: PASSWORD });
  return { id: userId, username };
}

/** What the second server says to a request of this session. */
async function seen(path: string, { cookie }: OpenSession, method = "GET"): Promise<number> {
  const answer = await fetch(second.url + path, { method, headers: { cookie, "sec-fetch-site": "same-origin" } });
  await answer.arrayBuffer();
  return answer.status;
}

interface Scene {
  person: Person;
  session: OpenSession;
}

interface Cause {
  name: string;
  rounds: number;
  /** Prepares what will end the session. @returns how it is ended, in one request */
  arrange(scene: Scene): Promise<() => Promise<unknown>>;
  after?(scene: Scene): Promise<unknown>;
}

/** Something an administrator does in one request. */
const byAdmin =
  (path: string, input: (scene: Scene) => unknown): Cause["arrange"] =>
  async (scene) =>
  () =>
    change(path, input(scene), admin);

/** Something the person does in another session of theirs. */
const elsewhere =
  (path: string, input: (scene: Scene) => unknown): Cause["arrange"] =>
  async (scene) => {
    const other = await openSession(sql, scene.person.id);
    return () => change(path, input(scene), other);
  };

const idOfPerson = ({ person: { id } }: Scene) => ({ id });
const idOfSession = ({ session: { id } }: Scene) => ({ id });
const nothing = () => undefined;

const causes: Cause[] = [
  { name: "the security stamp is renewed", rounds: 200, arrange: byAdmin("users.rotateStamp", idOfPerson) },
  {
    name: "the user is suspended",
    rounds: 140,
    arrange: byAdmin("users.suspend", idOfPerson),
    after: ({ person: { id } }) => change("users.reactivate", { id }, admin),
  },
  {
    name: "the password is changed in another session",
    rounds: 60,
    async arrange(scene) {
      // Nobody changes a password so often: the budget for guessing the present one would end.
      await sql`delete from rate_limits`;
      const end = elsewhere("account.changePassword", () => ({ currentPassword: PASSWORD, newPassword: PASSWORD }));
      return end(scene);
    },
  },
  {
    name: "the password is reset through a link",
    rounds: 60,
    async arrange({ person: { id } }) {
      const { token } = await linkFor("users.issuePasswordLink", { id });
      return () => change("account.choosePassword", { token, password: PASSWORD });
    },
  },
  { name: "an administrator revokes the session", rounds: 160, arrange: byAdmin("sessions.revoke", idOfSession) },
  {
    name: "an administrator revokes the user's sessions",
    rounds: 120,
    arrange: byAdmin("sessions.revokeAllOfUser", ({ person }) => ({ userId: person.id })),
  },
  { name: "the user revokes it elsewhere", rounds: 100, arrange: elsewhere("sessions.revokeOwn", idOfSession) },
  { name: "the user ends the other sessions", rounds: 100, arrange: elsewhere("sessions.revokeOthers", nothing) },
  { name: "the user ends every session", rounds: 100, arrange: elsewhere("sessions.revokeEverywhere", nothing) },
];

/** The statuses of the requests that were sent once the change was answered, and how many came before. */
interface Round {
  after: number[];
  before: number[];
}

/** @param early how many answers the second server gives before the change is sent; the rest races with it */
async function live({ arrange, after }: Cause, person: Person, early: number): Promise<Round> {
  const session = await openSession(sql, person.id);
  const scene = { person, session };
  const happens = await arrange(scene);
  const round: Round = { before: [await seen("/api/trpc/account.me", session)], after: [] };
  let isAnswered = false;
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const ask = async () => {
    for (let isLast = false; !isLast; ) {
      if (round.before.length > early) begin();
      isLast = isAnswered;
      round[isLast ? "after" : "before"].push(await seen("/api/trpc/account.me", session));
    }
  };
  const ended = begun.then(happens).finally(() => {
    isAnswered = true;
  });
  await Promise.all([ended, ...Array.from({ length: ASKERS }, ask)]);
  round.after.push(await seen("/api/auth/refresh", session, "POST"));
  await after?.(scene);
  return round;
}

for (const cause of causes) {
  test(`when ${cause.name}, another process refuses every request after the answer (${cause.rounds} rounds)`, async () => {
    const rounds: Round[] = [];
    let left = cause.rounds;
    const lives = async (person: Person) => {
      while (left > 0) {
        left -= 1;
        rounds.push(await live(cause, person, left % 4));
      }
    };
    await Promise.all(people.map(lives));
    expect(rounds.flatMap(({ after }) => after).filter((status) => status !== 401)).toEqual([]);
    expect(rounds.map(({ before }) => before[0]).filter((status) => status !== 200)).toEqual([]);
    expect(rounds.filter(({ after }) => after.length !== ASKERS + 1)).toEqual([]);
    expect(rounds).toHaveLength(cause.rounds);
  });
}
