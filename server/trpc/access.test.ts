import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allPermissions, type Permission, rolePermissions } from "@/server/core/permissions";
import { contentDigest } from "@/server/core/signature-base";
import { OPENAPI_PATH } from "@/server/http/openapi";
import { restRoutes } from "@/server/http/rest-routes";
import { routes } from "@/server/http/routes";
import * as users from "@/server/modules/identity/service";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { endingTunnel } from "@/server/testing/network";
import { plausible } from "@/server/testing/plausible-input";
import { type ProcedureInfo, procedures } from "@/server/testing/procedures";
import { rest } from "@/server/testing/rest";
import { createWorld, type RoleName, type World } from "@/server/testing/world";

let world: World;
const people = new Map<string, factories.TestUser>();
beforeAll(async () => {
  world = await createWorld();
  people.set("nobody special", await factories.user({ roles: [] }));
  for (const role of Object.keys(rolePermissions)) people.set(role, await factories.user({ roles: [role] }));
  // The last administrator is guarded; whoever acts here must not be the last.
  await factories.user({ roles: ["admin"] });
});
afterAll(() => world.end());

const callers = ["anonymous", "nobody special", "admin", "moderator", "viewer", "user"] as const;
type CallerName = (typeof callers)[number];

/** A session of its own for every call: some calls end the caller's. */
async function browserOf(name: CallerName): Promise<Browser> {
  const user = people.get(name);
  return user ? world.resume(user) : new Browser();
}

/** Nothing at all, everything at once, or a selection, which takes nothing beside it: the first that fits. */
const candidates = [undefined, plausible, { ids: plausible.ids }];

const inputOf = ({ input }: ProcedureInfo) => candidates.find((candidate) => input.safeParse(candidate).success);

/** What the operation's permission says to this caller. */
function expected(
  { operation: { permission } }: ProcedureInfo,
  name: CallerName,
): "unauthenticated" | "forbidden" | "let in" {
  if (permission === "anyone") return "let in";
  if (name === "anonymous") return "unauthenticated";
  if (permission === "signed-in") return "let in";
  const held: readonly string[] = name === "nobody special" ? [] : rolePermissions[name satisfies RoleName];
  return held.includes(permission) ? "let in" : "forbidden";
}

/** Who may call an endpoint; a new one has to be told here. */
function guardOf({ method, path }: { method: string; path: string }): string | undefined {
  const operation = restRoutes.find((route) => route.method === method && route.path === path)?.operation;
  if (operation) return `an API key with ${operation.permission}`;
  if (path === OPENAPI_PATH) return "anyone";
  if (path.startsWith("/api/health/") || path.startsWith("/agent/") || path === "/api/agent/v1/server") return "anyone";
  if (path === "/api/agent/v1/enrolments") return "a key and an enrolment token";
  if (/^\/api\/(?:agent|gateway)\/v1\//.test(path)) return "the key of a device";
  if (path === "/api/events") return "a session";
  if (path === "/api/auth/refresh") return "a refresh token";
  if (path === "/api/auth/*") return "anyone, with credentials to sign in";
  return path === "/api/trpc/*" ? "as each procedure says" : undefined;
}

it("access.txt lists every procedure and every endpoint with who may call it", async () => {
  const lines = [
    ...procedures.map(({ path, type, operation: { permission, stepUp } }) => {
      const demand = stepUp ? `, step-up ${stepUp}` : "";
      return `${type.padEnd(9)} ${path.padEnd(34)} ${permission}${demand}`;
    }),
    ...routes.map(({ method, path }) => `${method.padEnd(9)} ${path.padEnd(34)} ${guardOf({ method, path })}`),
  ];
  await expect(`${lines.sort().join("\n")}\n`).toMatchFileSnapshot("access.txt");
});

describe("T12: every procedure", () => {
  it.each(procedures)("$path is for people, and reads or writes as it says", ({ type, operation }) => {
    expect([...allPermissions, "anyone", "signed-in"]).toContain(operation.permission);
    expect(type).toBe(operation.kind === "command" ? "mutation" : "query");
  });

  it.each(procedures)("$path answers each caller as its permission says", async (procedure) => {
    const input = inputOf(procedure);
    expect(procedure.input.safeParse(input).error, "the plausible input does not fit: extend it").toBeUndefined();
    for (const name of callers) {
      const answer = await (await browserOf(name)).call(procedure.path, input);
      const outcome = answer.code === "unauthenticated" || answer.code === "forbidden" ? answer.code : "let in";
      expect([name, outcome]).toEqual([name, expected(procedure, name)]);
      const status = { unauthenticated: [401], forbidden: [403], "let in": [200, 403, 404, 409, 422] }[outcome];
      expect(status).toContain(answer.status);
    }
  });

  it.each(procedures)("$path decides before it looks at the input", async (procedure) => {
    const answer = await new Browser().call(procedure.path, { id: 7, userId: [], token: {}, password: 0 });
    expect(answer.code === "unauthenticated").toBe(expected(procedure, "anonymous") === "unauthenticated");
  });
});

const mutations = procedures.filter(({ type }) => type === "mutation");

describe("nothing is changed by a request that a link can cause:", () => {
  const written = async () => {
    const [row] = await world.database.sql`
      select (select count(*) from audit_logs) as audited, (select count(*) from sessions where revoked_at is not null) as ended,
        (select sum(security_stamp) from users) as stamps`;
    return row;
  };

  it.each(mutations)("$path refuses GET and HEAD", async (procedure) => {
    const browser = await browserOf("admin");
    const before = await written();
    const input = inputOf(procedure);
    const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : "";
    for (const method of ["GET", "HEAD"]) {
      const headers = { "x-http-method-override": "POST", "x-http-method": "POST" };
      const answer = await browser.fetch(`/api/trpc/${procedure.path}${query}`, { method, headers });
      expect(answer.status).toBe(405);
    }
    expect(await written()).toEqual(before);
  });
});

describe("T17: a command that demands step-up", () => {
  const demanding = mutations.filter(({ operation }) => operation.stepUp);
  const elevate = ({ sessionId }: { sessionId: string }, seconds: number | null) =>
    world.database.sql`
      update sessions set elevated_until = now() + make_interval(secs => ${seconds}) where id = ${sessionId}`;

  /** An administrator's browser with its session; more factors, enrolled or used, must not change the demand. */
  async function browserWith({ level, hasFactor }: { level: number; hasFactor: boolean }) {
    const admin = await factories.user({ roles: ["admin"] });
    const browser = await world.resume(admin);
    const sessionId = browser.cookie("kw-rt").split(".")[2] ?? "";
    await world.database.sql`update sessions set assurance_level = ${level} where id = ${sessionId}`;
    await world.database.sql`update users set two_factor_enabled = ${hasFactor} where id = ${admin.id}`;
    return { browser, sessionId, admin };
  }

  /** A digest of every table, except for what any request notes there: that its token was used. */
  async function contents() {
    const { sql } = world.database;
    const tables = await sql<{ name: string }[]>`
      select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'refresh_tokens'`;
    const digests = tables.map(
      ({ name }) =>
        `select '${name}' as name, md5(string_agg(t::text, '' order by t::text)) as digest from "${name}" t`,
    );
    return Object.fromEntries(
      (await sql.unsafe(digests.join(" union all "))).map(({ name, digest }) => [name, digest]),
    );
  }

  const factors = [
    { level: 1, hasFactor: false },
    { level: 1, hasFactor: true },
    { level: 2, hasFactor: true },
  ] as const;
  const never = factors.map((factor) => ({ ...factor, seconds: null }));
  /** Elevated until a moment ago; for a fresh one, long enough ago. */
  const tooLate = { recent: [{ ...factors[0], seconds: 0 }], fresh: [{ ...factors[0], seconds: 299 }] };

  /** What it would change is there: an approved device, a key or a tunnel of the caller's, a gateway, or a user. */
  async function realThing(
    { path }: ProcedureInfo,
    caller: factories.TestUser,
  ): Promise<{ id: string; name?: string }> {
    if (path.startsWith("apiKeys.")) return world.apiKey(caller, { scopes: ["tag.read"] });
    if (path.startsWith("tunnels.")) return endingTunnel(world.database, caller);
    if (path.startsWith("gateways.")) return factories.gateway();
    return path.startsWith("devices.") ? factories.device() : factories.user();
  }

  async function realInput(procedure: ProcedureInfo, caller: factories.TestUser): Promise<unknown> {
    const input = inputOf(procedure);
    const { id, name } = await realThing(procedure, caller);
    const username = factories.unique("someone");
    const real: Record<string, unknown> = { id, userId: id, ids: [id], username, confirmation: name };
    return Object.fromEntries(Object.entries(input ?? {}).map(([key, value]) => [key, real[key] ?? value]));
  }

  it.each(demanding)("$path is refused without it, whatever the factors, and nothing is written", async (procedure) => {
    for (const { seconds, ...factor } of [...never, ...tooLate[procedure.operation.stepUp ?? "recent"]]) {
      const { browser, sessionId, admin } = await browserWith(factor);
      const input = await realInput(procedure, admin);
      await elevate({ sessionId }, seconds);
      const before = await contents();
      const { status, code } = await browser.call(procedure.path, input);
      expect({ status, code, seconds }).toEqual({ status: 403, code: "step-up-required", seconds });
      expect(await contents()).toEqual(before);
    }
  });

  it.each(demanding)("$path is let in with it, whatever the factors", async (procedure) => {
    for (const factor of factors) {
      const { browser, sessionId, admin } = await browserWith(factor);
      await elevate({ sessionId }, procedure.operation.stepUp === "fresh" ? 330 : 30);
      const { status, code } = await browser.call(procedure.path, await realInput(procedure, admin));
      // A device without a predecessor has nothing to supersede.
      const isConflict = procedure.path === "devices.supersede";
      expect({ status, code }).toEqual(isConflict ? { status: 409, code: "conflict" } : { status: 200 });
    }
  });

  it.each(demanding)("$path is let in right after signing in, in that session only", async (procedure) => {
    const admin = await factories.user({ roles: ["admin"] });
    const [here, there] = [await world.browser(admin), await world.resume(admin)];
    await elevate({ sessionId: there.cookie("kw-rt").split(".")[2] ?? "" }, null);
    const input = await realInput(procedure, admin);
    expect((await there.call(procedure.path, input)).code).toBe("step-up-required");
    expect((await here.call(procedure.path, input)).code).not.toBe("step-up-required");
  });
});

describe("T12: every endpoint", () => {
  it.each(routes)("$method $path has a guard that is written down", (route) => {
    expect(guardOf(route)).toBeDefined();
  });

  const ofDevices = routes.filter((route) => guardOf(route) === "the key of a device");

  it.each(ofDevices)("$method $path takes the signature of a device and nobody's cookies", async ({ method, path }) => {
    const body = method === "POST" || method === "PUT" ? "{}" : null;
    const headers = { "content-type": "application/json", "content-digest": contentDigest(body ?? "") };
    for (const name of callers) {
      const answer = await (await browserOf(name)).fetch(path, { method, headers, body });
      expect(await answer.json()).toMatchObject({ type: "/problems/signature-missing", status: 401 });
    }
  });

  it.each(ofDevices)("$method $path does not know a key that never enrolled", async ({ method, path }) => {
    const stranger = world.deviceClient();
    const call = method === "POST" || method === "PUT" ? { body: { jwk: stranger.keys.jwk } } : {};
    const isRotation = path.endsWith("/keys");
    const next = world.deviceClient().keys;
    const answer = await stranger.send(method as "GET", path, {
      ...call,
      ...(isRotation ? { alsoSignedBy: next } : {}),
      below: "",
    });
    expect(await answer.json()).toMatchObject({ type: "/problems/key-unknown", status: 401 });
  });

  it("of the session takes the refresh token and nothing less", async () => {
    const browser = await browserOf("admin");
    expect((await new Browser().refresh()).status).toBe(401);
    expect((await browser.copy().without("kw-rt").refresh()).status).toBe(401);
    expect((await browser.refresh()).status).toBe(204);
  });
});

describe("T12: every REST operation", () => {
  const address = (path: string) => path.replace(/:\w+/g, crypto.randomUUID());
  let admin: factories.TestUser;
  const keyOf = (owner: factories.TestUser, scopes: readonly Permission[]) =>
    world.apiKey(owner, { scopes: [...scopes] });
  beforeAll(async () => {
    admin = await factories.user({ roles: ["admin"] });
  });

  it.each(restRoutes)("$method $path takes no cookies: without a key it answers 401", async ({ method, path }) => {
    for (const name of callers) {
      const answer = await (await browserOf(name)).fetch(address(path), { method });
      expect([name, answer.status, answer.headers.get("www-authenticate")]).toEqual([
        name,
        401,
        'Bearer realm="Keyward"',
      ]);
      expect(await answer.json()).toMatchObject({ type: "/problems/api-key-refused" });
    }
  });

  it.each(restRoutes)("$method $path is answered by its scope and by no other", async ({ method, path, operation }) => {
    const { permission } = operation;
    const others = await keyOf(
      admin,
      allPermissions.filter((scope) => scope !== permission),
    );
    const refused = await rest(others.secret, `${method} ${address(path)}`);
    expect(refused).toMatchObject({ status: 403, code: "forbidden" });
    const right = await keyOf(
      admin,
      allPermissions.filter((scope) => scope === permission),
    );
    const answer = await rest(right.secret, `${method} ${address(path)}`);
    expect([200, 404, 422]).toContain(answer.status);
  });

  it("answers 401 once the key's owner is suspended", async () => {
    const owner = await factories.user({ roles: ["admin"] });
    const { secret } = await keyOf(owner, allPermissions);
    await users.suspend.execute(world.system, { id: owner.id });
    for (const { method, path } of restRoutes) {
      expect(await rest(secret, `${method} ${address(path)}`)).toMatchObject({ status: 401, code: "api-key-refused" });
    }
  });
});
