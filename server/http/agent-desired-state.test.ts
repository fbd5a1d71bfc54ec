import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { desiredEtag } from "@/server/core/canonical-hash";
import { CheckInResult, DesiredState } from "@/server/modules/agents/schema";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as devices from "@/server/modules/devices/service";
import { UpdateTag } from "@/server/modules/tags/schema";
import * as tags from "@/server/modules/tags/service";
import { type AgentAnswer, ask } from "@/server/testing/agent-answer";
import type { DeviceClient } from "@/server/testing/device-client";
import { deliverEffects } from "@/server/testing/effects";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let client: DeviceClient;
let id: factories.TestDevice["id"];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  ({ client, id } = await factories.device());
});

const fetchState = (etag?: string) => {
  const headers: Record<string, string> = etag ? { "if-none-match": etag } : {};
  return ask(client.request("GET", "/desired-state", { headers }));
};

const etagOf = (answer: AgentAnswer): string => answer.headers.get("etag") ?? "";

const checkedIn = async () => CheckInResult.parse(await (await client.checkIn()).json());

it("is one document with one ETag for as long as nothing changes, and the ETag is its hash", async () => {
  const first = await fetchState();
  const document = first.read(DesiredState);
  expect(first).toMatchObject({ status: 200, isSigned: true });
  expect(document).toMatchObject({ deviceId: id, tags: [], items: [], tombstones: [] });
  expect(etagOf(first)).toBe(`"${desiredEtag(document)}"`);
  const second = await fetchState();
  expect([second.text, etagOf(second)]).toEqual([first.text, etagOf(first)]);
  expect((await checkedIn()).desiredEtag).toBe(desiredEtag(document));
});

it("answers 304 without a body, signed, to whoever has it, and the document to whoever has another", async () => {
  const etag = etagOf(await fetchState());
  const same = await fetchState(etag);
  expect(same).toMatchObject({ status: 304, text: "", isSigned: true });
  expect(etagOf(same)).toBe(etag);
  expect((await fetchState('"ds1-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"')).status).toBe(200);
  expect((await fetchState("nonsense")).status).toBe(200);
});

it("changes with the device's tags, and with what those are called", async () => {
  const [one, two] = [await factories.tag(), await factories.tag()];
  const seen = new Set([etagOf(await fetchState())]);
  const expectNew = async (names: string[]) => {
    const { desiredEtag: announced } = await checkedIn();
    const answer = await fetchState([...seen].at(-1));
    expect(answer.read(DesiredState).tags).toEqual(names.sort());
    expect(etagOf(answer)).toBe(`"${announced}"`);
    expect(seen.has(etagOf(answer))).toBe(false);
    seen.add(etagOf(answer));
  };
  await devices.setTags.execute(world.system, { id, tagIds: [one.id, two.id] });
  await expectNew([one.name, two.name]);
  const renamed = factories.unique("renamed");
  await tags.update.execute(world.system, UpdateTag.parse({ ...one, name: renamed }));
  await deliverEffects();
  await expectNew([renamed, two.name]);
  await tags.remove.execute(world.system, { id: two.id });
  await deliverEffects();
  await expectNew([renamed]);
  await devices.setTags.execute(world.system, { id, tagIds: [] });
  expect(seen.has(etagOf(await fetchState()))).toBe(true);
});

it("is empty in quarantine, where the device keeps checking in, and comes back with the release", async () => {
  const tag = await factories.tag();
  await devices.setTags.execute(world.system, { id, tagIds: [tag.id] });
  const before = await fetchState();
  await lifecycle.quarantine.execute(world.system, { id });
  const { desiredEtag: announced, status } = await checkedIn();
  const empty = await fetchState(etagOf(before));
  expect(status).toBe("quarantined");
  expect(empty.read(DesiredState)).toMatchObject({ tags: [], items: [] });
  expect(etagOf(empty)).toBe(`"${announced}"`);
  await lifecycle.release.execute(world.system, { id });
  expect(etagOf(await fetchState())).toBe(etagOf(before));
});

it("is compiled from what was committed, also when it is asked for while the tags change", async () => {
  const tag = await factories.tag();
  const { sql } = world.database;
  const answers: Promise<AgentAnswer>[] = [];
  await sql.begin(async (tx) => {
    await tx`select from devices where id = ${id} for update`;
    answers.push(fetchState());
    const waiting = async () =>
      (
        await sql`
          select count(*)::int as count from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`
      )[0]?.count;
    await expect.poll(waiting, { timeout: 15_000 }).toBe(1);
    await tx`insert into device_tags (device_id, tag_id) values (${id}, ${tag.id})`;
    await tx`update devices set desired_hash = null where id = ${id}`;
  });
  await Promise.all(answers);
  expect((await fetchState()).read(DesiredState).tags).toEqual([tag.name]);
});
