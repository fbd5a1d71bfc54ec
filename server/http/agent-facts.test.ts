import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canonicalHash, desiredEtag } from "@/server/core/canonical-hash";
import { CheckInResult, FactsResult, ReportResult } from "@/server/modules/agents/schema";
import { ask, refusal } from "@/server/testing/agent-answer";
import type { DeviceClient } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let client: DeviceClient;
let id: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  ({ client, id } = await factories.device());
});

const os = {
  platform: "linux",
  name: "Debian GNU/Linux",
  version: "13",
  kernel: "6.12",
  arch: "x64",
  hostname: "machine",
  timezone: "UTC",
};
const packages = { manager: "dpkg", packages: [{ name: "bash", version: "5.2", arch: "amd64" }] };

const put = (section: string, body: unknown) => ask(client.request("PUT", `/facts/${section}`, { body }));
const stored = () => world.database.sql`
  select section, facts, hash from device_facts where device_id = ${id} order by section`;

describe("facts", () => {
  it("replace their section, answer with the hash both sides compute, and leave the other sections", async () => {
    expect((await put("os", { ...os, version: "12" })).read(FactsResult).hash).not.toBe(canonicalHash(os));
    expect((await put("packages", packages)).read(FactsResult)).toEqual({
      section: "packages",
      hash: canonicalHash(packages),
    });
    expect((await put("os", os)).read(FactsResult).hash).toBe(canonicalHash(os));
    expect(await stored()).toEqual([
      { section: "os", facts: os, hash: canonicalHash(os) },
      { section: "packages", facts: packages, hash: canonicalHash(packages) },
    ]);
    const [device] = await world.database.sql`select os_version from devices where id = ${id}`;
    expect(device).toEqual({ osVersion: "Debian GNU/Linux 13" });
  });

  it("of an unknown section are refused with 404, and of a wrong shape with 422 that points at it", async () => {
    expect(await put("secrets", {})).toMatchObject(refusal(404, "not-found"));
    const wrong = { ...packages, packages: [{ name: "bash", version: 5, arch: null }], extra: true };
    const answer = await put("packages", wrong);
    expect(answer).toMatchObject(refusal(422, "invalid"));
    const pointers = answer.problem?.errors?.map(({ pointer }) => pointer);
    expect(pointers).toContain("/packages/0/version");
    expect(await put("os", null)).toMatchObject(refusal(422, "invalid"));
    expect(await put("users", [])).toMatchObject(refusal(422, "invalid"));
    expect(await stored()).toEqual([]);
  });

  it("are asked for at check-in when the device has others than we", async () => {
    await put("os", os);
    const agent = { version: "1.0.0", os: "linux", arch: "amd64" };
    const factsHash = { os: canonicalHash(os), packages: canonicalHash(packages), users: canonicalHash({}) };
    const sent = { instanceId: "instance-1", bootId: "boot-1", agent, factsHash, appliedEtag: null };
    const ask1 = await ask(client.request("POST", "/checkins", { body: sent }));
    expect(ask1.read(CheckInResult).wantFacts.sort()).toEqual(["packages", "users"]);
    await put("users", {});
    const ask2 = await ask(client.request("POST", "/checkins", { body: sent }));
    expect(ask2.read(CheckInResult).wantFacts).toEqual(["packages"]);
  });

  it("are each device's own", async () => {
    const other = await factories.device();
    await put("os", os);
    await ask(other.client.request("PUT", "/facts/os", { body: { ...os, name: "Other" } }));
    expect(await stored()).toMatchObject([{ section: "os", facts: os }]);
  });
});

function report(reportId: string, change: object = {}) {
  const item = { itemId: "motd", status: "applied", durationMs: 3 };
  const body = {
    reportId,
    etag: desiredEtag({}),
    mode: "enforce",
    trigger: "manual",
    startedAt: "2026-03-01T12:00:00Z",
    durationMs: 5,
    agentVersion: "1.0.0",
    instanceId: "instance-1",
    summary: { compliant: 0, applied: 1, drifted: 0, failed: 0, skipped: 0 },
    items: [item],
    compliant: [],
    ...change,
  };
  return ask(client.request("POST", "/reports", { body }));
}

const runs = async () =>
  (await world.database.sql`select count(*)::int as runs from device_runs where device_id = ${id}`)[0]?.runs;

describe("a report", () => {
  const reportId = "01890a5d-ac96-774b-bcce-b302099a8057";

  it("counts once however often it is sent, and says so", async () => {
    expect((await report(reportId)).read(ReportResult)).toEqual({ reportId, duplicate: false });
    expect((await report(reportId)).read(ReportResult)).toEqual({ reportId, duplicate: true });
    const answers = await Promise.all(Array.from({ length: 5 }, () => report(reportId)));
    expect(answers.every((answer) => answer.read(ReportResult).duplicate)).toBe(true);
    expect(await runs()).toBe(1);
  });

  it("counts once also when its retries arrive together", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => report(reportId)));
    expect(answers.filter((answer) => !answer.read(ReportResult).duplicate)).toHaveLength(1);
    expect(await runs()).toBe(1);
  });

  it("of another device may have the same id", async () => {
    await report(reportId);
    ({ client, id } = await factories.device());
    expect((await report(reportId)).read(ReportResult).duplicate).toBe(false);
  });

  it("of a wrong shape is refused with 422 that points at it, and may be sent again corrected", async () => {
    const item = { itemId: "motd", status: "exploded", durationMs: -1 };
    const answer = await report(reportId, { items: [item] });
    expect(answer).toMatchObject(refusal(422, "invalid"));
    const pointers = answer.problem?.errors?.map(({ pointer }) => pointer);
    expect(pointers?.sort()).toEqual(["/items/0/durationMs", "/items/0/status"]);
    expect(await report("not-a-uuid")).toMatchObject(refusal(422, "invalid"));
    expect(await report(crypto.randomUUID())).toMatchObject(refusal(422, "invalid"));
    expect(await runs()).toBe(0);
    expect((await report(reportId)).read(ReportResult).duplicate).toBe(false);
  });
});
