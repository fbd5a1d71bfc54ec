import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { auditLogs, tags } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { AppError, databaseCode, toAppError } from "@/server/core/errors";
import { type Caller, command, query } from "@/server/core/operation";
import { problemBody } from "@/server/http/problem";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const READ_ONLY = "25006";
const INSUFFICIENT_PRIVILEGE = "42501";

/** Puts a tag and reports it or not, then maybe fails. */
const putTag = (how: { audits?: boolean; fails?: boolean; answers?: unknown }) =>
  command({
    permission: "tag.create",
    input: z.string(),
    output: z.object({ name: z.string() }),
    async run({ tx, audit }, name) {
      const [row] = await tx.insert(tags).values({ name }).returning({ id: tags.id });
      if (how.audits) audit({ event: "tag.created", subject: row?.id ?? "" });
      if (how.fails) throw new AppError("conflict");
      return (how.answers ?? { name }) as { name: string };
    },
  });

const countTags = async (name: string) => (await world.database.sql`select 1 from tags where name = ${name}`).length;

const auditOf = (caller: Caller) =>
  world.database.sql<{ eventType: string; status: string; metadata: unknown; actorUserId: string | null }[]>`
    select event_type, status, metadata, actor_user_id from audit_logs where request_id = ${caller.request.id}`;

describe("a command", () => {
  it("that audited nothing leaves nothing behind and says nothing of why", async () => {
    const name = factories.unique("tag");
    const failure = await putTag({}).execute(world.system, name).catch(toAppError);
    expect(failure).toMatchObject({ code: "internal" });
    expect(await countTags(name)).toBe(0);
  });

  it("that fails takes its audit rows with it", async () => {
    const caller = await world.as("tag.create");
    const name = factories.unique("tag");
    await expect(putTag({ audits: true, fails: true }).execute(caller, name)).rejects.toMatchObject({
      code: "conflict",
    });
    expect([await countTags(name), await auditOf(caller)]).toEqual([0, []]);
  });

  it("that returns a refusal is refused, and what it audited stays", async () => {
    const operation = command({
      permission: "signed-in",
      input: z.void(),
      output: z.void(),
      async run({ audit }) {
        audit({ event: "tag.created", status: "failure" });
        return new AppError("conflict");
      },
    });
    const caller = await world.as();
    await expect(operation.execute(caller, undefined)).rejects.toMatchObject({ code: "conflict" });
    expect(await auditOf(caller)).toMatchObject([{ eventType: "tag.created", status: "failure" }]);
  });

  it("does what comes before it only for who may call it, and without a transaction", async () => {
    const calls: string[] = [];
    const operation = command({
      permission: "tag.create",
      input: z.void(),
      output: z.void(),
      async before({ actor }) {
        calls.push(actor.kind);
        throw new AppError("too-many-requests");
      },
      run: async () => void calls.push("run"),
    });
    await expect(operation.execute(world.anonymous(), undefined)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(operation.execute(await world.as("tag.create"), undefined)).rejects.toMatchObject({
      code: "too-many-requests",
    });
    expect(calls).toEqual(["user"]);
  });

  it("commits its work and its audit rows in one transaction", async () => {
    const caller = await world.as("tag.create");
    const name = factories.unique("tag");
    await putTag({ audits: true }).execute(caller, name);
    const rows = await world.database.sql`
      select t.xmin = a.xmin as together from tags t join audit_logs a on a.entity_id = t.id::text
      where t.name = ${name}`;
    expect(rows).toEqual([{ together: true }]);
  });

  it("whose answer is outside its contract is undone, and the caller learns nothing of the answer", async () => {
    const name = factories.unique("tag");
    const operation = putTag({ audits: true, answers: { name: 7, secret: "hunter2" } });
    const failure = toAppError(await operation.execute(world.system, name).catch((error: unknown) => error));
    expect(problemBody(failure)).toEqual({
      type: "/problems/internal",
      title: "Something went wrong",
      status: 500,
      retryable: true,
    });
    expect(await countTags(name)).toBe(0);
  });

  it("answers with what its contract names and nothing else", async () => {
    const name = factories.unique("tag");
    const operation = putTag({ audits: true, answers: { name, passwordHash: "$argon2id$…" } });
    expect(await operation.execute(world.system, name)).toEqual({ name });
  });

  it("runs by the clock it is given", async () => {
    const { expiresAt } = await factories.enrolmentToken({ lifetimeH: 24 });
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
    const readClock = query({
      permission: "anyone",
      input: z.void(),
      output: z.date(),
      run: async ({ now }) => now(),
    });
    const caller = { ...world.anonymous(), clock: world.at("2026-03-01T12:00:00Z") };
    expect(await readClock.execute(caller, undefined)).toEqual(new Date("2026-03-01T12:00:00Z"));
  });
});

describe("a refusal", () => {
  it("of a signed-in user is recorded although the caller gets 403 and nothing ran", async () => {
    const caller = await world.as("tag.read");
    const name = factories.unique("tag");
    const failure = await putTag({ audits: true }).execute(caller, name).catch(toAppError);
    expect(failure).toMatchObject({ code: "forbidden", status: 403 });
    expect(await countTags(name)).toBe(0);
    const actorUserId = caller.actor.kind === "user" ? caller.actor.userId : null;
    expect(await auditOf(caller)).toEqual([
      { eventType: "permission.denied", status: "denied", metadata: { permission: "tag.create" }, actorUserId },
    ]);
  });

  it("of somebody unknown is a 401 and writes nothing", async () => {
    const caller = world.anonymous();
    await expect(putTag({}).execute(caller, "x")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await auditOf(caller)).toEqual([]);
  });

  it.each(["device", "system"] as const)("meets a user who calls an operation for %s only", async (permission) => {
    const operation = query({ permission, input: z.void(), output: z.void(), run: async () => undefined });
    const caller = await world.asRole("admin");
    const failure = await operation.execute(caller, undefined).catch(toAppError);
    expect(failure).toMatchObject({ status: permission === "device" ? 401 : 403 });
    expect(await auditOf(caller)).toHaveLength(1);
  });

  it("meets a device that calls an operation for people", async () => {
    const { id } = await factories.device();
    const caller: Caller = {
      actor: { kind: "device", deviceId: id, deviceName: "d", thumbprint: "t", nonce: "n" },
      request: world.anonymous().request,
    };
    await expect(putTag({}).execute(caller, "x")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await auditOf(caller)).toMatchObject([{ eventType: "permission.denied" }]);
  });
});

describe("a query", () => {
  const attempt = (statement: ReturnType<typeof sql>) =>
    query({
      permission: "anyone",
      input: z.void(),
      output: z.void(),
      run: async ({ reader }) => void (await reader.execute(statement)),
    })
      .execute(world.anonymous(), undefined)
      .then(
        () => "no error",
        (error: unknown) => databaseCode(error) ?? String(error),
      );

  it("has nothing to write with", () => {
    expectTypeOf<Reader>().not.toHaveProperty("insert");
    expectTypeOf<Reader>().not.toHaveProperty("update");
    expectTypeOf<Reader>().not.toHaveProperty("delete");
    expectTypeOf<Reader>().not.toHaveProperty("transaction");
    expectTypeOf<Reader>().not.toExtend<Tx>();
  });

  it.each([
    ["insert", sql`insert into tags (name) values ('written-by-a-query')`],
    ["update", sql`update tags set color = '#000000'`],
    ["delete", sql`delete from device_tags`],
    ["truncate", sql`truncate rate_limits`],
    ["create", sql`create temporary table mine (a int) on commit drop`],
    ["a function that writes", sql`select authority_rotate(gen_random_uuid(), 1, '')`],
  ])("cannot write by %s", async (_name, statement) => {
    expect([READ_ONLY, INSUFFICIENT_PRIVILEGE]).toContain(await attempt(statement));
  });

  it.each([
    ["set transaction", sql`set transaction read write`],
    ["set_config", sql`select set_config('transaction_read_only', 'off', true)`],
  ])("cannot make itself writable by %s", async (_name, statement) => {
    expect(await attempt(statement)).toBe("25001");
  });
});

describe("the kernel's record of a change", () => {
  it("survives an attempt of the server's own role to change it", async () => {
    const caller = await world.as("tag.create");
    await putTag({ audits: true }).execute(caller, factories.unique("tag"));
    const tamper = command({
      permission: "tag.create",
      unaudited: "It must fail",
      input: z.void(),
      output: z.void(),
      run: async ({ tx }) => void (await tx.delete(auditLogs).where(eq(auditLogs.requestId, caller.request.id))),
    });
    const failure = await tamper.execute(caller, undefined).catch((error: unknown) => error);
    expect(databaseCode(failure)).toBe(INSUFFICIENT_PRIVILEGE);
    expect(await auditOf(caller)).toHaveLength(1);
  });
});
