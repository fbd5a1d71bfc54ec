import { closeDatabase } from "@/db/client";
import { actorOf } from "@/server/auth/authority";
import { issueSession } from "@/server/auth/issue";
import { stopAnnouncements } from "@/server/core/announcements";
import type { Clock } from "@/server/core/clock";
import type { ApiKeyId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import type { Permission } from "@/server/core/permissions";
import type { CreateApiKey } from "@/server/modules/api-keys/schema";
import * as apiKeys from "@/server/modules/api-keys/service";
import { findAuthority } from "@/server/modules/sessions/authority.service";
import { Browser } from "./browser";
import { type TestDatabase, testDatabase } from "./database";
import { DeviceClient, type DeviceKeys } from "./device-client";
import * as factories from "./factories";
import { http } from "./http";

export type RoleName = "admin" | "user" | "viewer" | "moderator";

/** A database of one's own behind the process-wide pool, and people and machines to act in it. */
export interface World {
  readonly database: TestDatabase;
  /** Keyward itself. */
  readonly system: Caller;
  /** A fresh user with exactly these permissions, signed in. */
  as(...permissions: Permission[]): Promise<Caller>;
  /** A fresh user with one of the four roles, signed in. */
  asRole(role: RoleName): Promise<Caller>;
  /** A user of one's own, signed in; found by the authority, as at a request. */
  asUser(user: factories.TestUser): Promise<Caller>;
  anonymous(): Caller;
  /** A clock that stands still, for `{ ...caller, clock: world.at("2026-03-01T12:00Z") }`. */
  at(iso: string): Clock;
  /** Runs a request through the handlers, without a socket. */
  http(request: Request): Promise<Response>;
  /** A fresh browser; with a user, signed in through the handshake. */
  browser(user?: factories.TestUser): Promise<Browser>;
  /** A browser in which the user is signed in already, without the handshake. */
  resume(user: factories.TestUser): Promise<Browser>;
  /** An API key of the user's own, with its secret. */
  apiKey(owner: factories.TestUser, input: Partial<CreateApiKey>): Promise<{ id: ApiKeyId; secret: string }>;
  /** Speaks the agent protocol with these keys, or with fresh ones. */
  deviceClient(keys?: DeviceKeys): DeviceClient;
  /** Ends the connections and drops the database. */
  end(): Promise<void>;
}

const requestOf = (): Caller["request"] => ({
  id: crypto.randomUUID(),
  ip: "192.0.2.20",
  userAgent: "vitest",
  source: "web",
});

async function asUser(user: factories.TestUser): Promise<Caller> {
  const row = await findAuthority(await factories.session(user), user.id);
  if (!row) throw new Error(`${user.username} has no session`);
  return { actor: actorOf(row), request: requestOf() };
}

async function apiKey(owner: factories.TestUser, input: Partial<CreateApiKey>) {
  const given = { name: factories.unique("program"), lifetimeDays: 30 as const, scopes: [], ...input };
  const created = await apiKeys.create.execute(await asUser(owner), given);
  return { id: created.apiKey.id, secret: created.secret };
}

/** Roles cannot be made through the API yet, so this one is arranged. */
async function roleWith({ sql }: TestDatabase, permissions: readonly Permission[]): Promise<string> {
  const name = factories.unique("role");
  await sql`
    with role as (insert into roles (name, description) values (${name}, 'Made by a test') returning id)
    insert into role_permissions (role_id, permission_id)
    select role.id, p.id from role, permissions p where p.resource || '.' || p.action = any(${[...permissions]})`;
  return name;
}

async function signedIn(user: factories.TestUser): Promise<Browser> {
  const browser = new Browser();
  const answer = await browser.signIn(user);
  if (!browser.cookie("kw-at")) throw new Error(`${user.username} could not sign in: ${await answer.text()}`);
  return browser;
}

async function resume(user: factories.TestUser): Promise<Browser> {
  const browser = new Browser();
  browser.adopt(await issueSession(await factories.session(user), user.id));
  return browser;
}

/** Everything a test needs, on a migrated and seeded database of its own. Call `end()` when done. */
export async function createWorld(): Promise<World> {
  const before = process.env.DATABASE_URL;
  const database = await testDatabase();
  process.env.DATABASE_URL = database.url;
  return {
    database,
    system: factories.system,
    asUser,
    http,
    as: async (...permissions) => asUser(await factories.user({ roles: [await roleWith(database, permissions)] })),
    asRole: async (role) => asUser(await factories.user({ roles: [role] })),
    anonymous: () => ({ actor: { kind: "anonymous" }, request: requestOf() }),
    at: (iso) => () => new Date(iso),
    browser: async (user) => (user ? signedIn(user) : new Browser()),
    resume,
    apiKey,
    deviceClient: (keys) => new DeviceClient(keys),
    async end() {
      await stopAnnouncements();
      await closeDatabase();
      if (before === undefined) delete process.env.DATABASE_URL;
      else process.env.DATABASE_URL = before;
      await database.drop();
    },
  };
}
