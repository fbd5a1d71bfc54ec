import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DeviceId } from "@/server/core/ids";
import { ephemeralSecrets, installSecrets, secrets } from "@/server/core/secrets";
import { EnrolResult, type Problem } from "@/server/modules/agents/schema";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as enrolments from "@/server/modules/enrolment/service";
import * as tags from "@/server/modules/tags/service";
import { ask, enrolment, from, refusal } from "@/server/testing/agent-answer";
import { DeviceClient, newDeviceKeys } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const before = secrets();
afterEach(() => installSecrets(before));

const enrol = (client: DeviceClient, token: string) => ask(enrolment(client, token));
const count = async (table: "devices" | "device_keys" | "enrolment_token_uses") =>
  (await world.database.sql`select count(*)::int as rows from ${world.database.sql(table)}`)[0]?.rows;

describe("a token", () => {
  it("is taken with dashes and in upper case, as people copy it", async () => {
    const { secret } = await factories.enrolmentToken();
    const typed = secret.toUpperCase().replace(/(.{4})(?=.)/g, "$1-");
    expect((await enrol(new DeviceClient(), typed)).status).toBe(201);
  });

  it("that was used up, has expired or was revoked is refused by what it is, and nothing is written", async () => {
    const [exhausted, expired, revoked] = await Promise.all([1, 2, 3].map(() => factories.enrolmentToken()));
    if (!exhausted || !expired || !revoked) throw new Error("no tokens");
    await enrol(new DeviceClient(), exhausted.secret);
    await world.database.sql`update enrolment_tokens set expires_at = now() where id = ${expired.id}`;
    await enrolments.revoke.execute(world.system, { id: revoked.id });
    const devices = await count("devices");
    expect(await enrol(new DeviceClient(), exhausted.secret)).toMatchObject(refusal(403, "token-exhausted"));
    expect(await enrol(new DeviceClient(), expired.secret)).toMatchObject(refusal(403, "token-expired"));
    expect(await enrol(new DeviceClient(), revoked.secret)).toMatchObject(refusal(403, "token-revoked"));
    expect(await count("devices")).toBe(devices);
  });

  it("of a gateway that names none enrols nothing", async () => {
    const { id, secret } = await factories.enrolmentToken();
    await world.database.sql`update enrolment_tokens set kind = 'gateway' where id = ${id}`;
    expect(await enrol(new DeviceClient(), secret)).toMatchObject(refusal(403, "token-invalid"));
  });

  it("works from its networks only, IPv4 and IPv6, and says no more elsewhere than an unknown one", async () => {
    const allowedCidrs = ["198.51.100.0/24", "2001:db8:1::/48"];
    const { secret } = await factories.enrolmentToken({ allowedCidrs, usageLimit: 5 });
    const attempt = (ip: string) => ask(from(ip, enrolment(new DeviceClient(), secret)));
    expect((await attempt("198.51.100.7")).status).toBe(201);
    expect((await attempt("2001:db8:1:2::9")).status).toBe(201);
    const outside = await attempt("203.0.113.7");
    const unknown = await ask(from("203.0.113.7", enrolment(new DeviceClient(), "0123456789abcdef")));
    expect(outside).toMatchObject(refusal(403, "token-invalid"));
    expect(outside.text).toBe(unknown.text);
    expect(await attempt("2001:db8:2::9")).toMatchObject(refusal(403, "token-invalid"));
  });

  it("made under the pepper before last still works, and one whose pepper is gone does not", async () => {
    const { secret } = await factories.enrolmentToken({ usageLimit: 5 });
    const [next] = ephemeralSecrets().pepper;
    if (!next) throw new Error("no pepper");
    installSecrets({ ...before, pepper: [next, ...before.pepper] });
    const fresh = await factories.enrolmentToken();
    expect((await enrol(new DeviceClient(), secret)).status).toBe(201);
    installSecrets({ ...before, pepper: [next] });
    expect((await enrol(new DeviceClient(), fresh.secret)).status).toBe(201);
    expect(await enrol(new DeviceClient(), secret)).toMatchObject(refusal(403, "token-invalid"));
  });

  it("gives its tags as they were: what it carries later does not reach devices it enrolled", async () => {
    const [one, two] = [await factories.tag(), await factories.tag()];
    const token = await factories.enrolmentToken({ tagIds: [one.id], usageLimit: 5 });
    const client = new DeviceClient();
    expect((await enrol(client, token.secret)).read(EnrolResult).tags).toEqual([one.name]);
    const { sql } = world.database;
    await sql`insert into enrolment_token_tags (enrolment_token_id, tag_id) values (${token.id}, ${two.id})`;
    const later = (await enrol(new DeviceClient(), token.secret)).read(EnrolResult).tags;
    expect(later).toEqual([one.name, two.name].sort());
    await sql`delete from enrolment_token_tags where enrolment_token_id = ${token.id}`;
    expect((await ask(client.request("GET", "/self"))).read(EnrolResult).tags).toEqual([one.name]);
    await tags.remove.execute(world.system, { id: one.id });
    expect((await ask(client.request("GET", "/self"))).read(EnrolResult).tags).toEqual([]);
  });
});

describe("a key", () => {
  it("of either kind enrols, and its answer says who it is, signed by the server", async () => {
    const { secret } = await factories.enrolmentToken({ usageLimit: 2, requireApproval: false });
    for (const curve of ["Ed25519", "P-256"] as const) {
      const client = new DeviceClient(newDeviceKeys(curve));
      const answer = await enrol(client, secret);
      expect(answer).toMatchObject({ status: 201, isSigned: true });
      expect(answer.read(EnrolResult)).toMatchObject({ status: "active", key: { kid: client.keys.kid } });
      expect((await ask(client.request("GET", "/self"))).read(EnrolResult).deviceId).toBe(
        answer.read(EnrolResult).deviceId,
      );
    }
  });

  it("that was not used to sign is refused: nobody enrols another's key", async () => {
    const { secret } = await factories.enrolmentToken();
    const [mine, theirs] = [new DeviceClient(), newDeviceKeys()];
    expect(await ask(enrolment(mine, secret, { jwk: theirs.jwk }))).toMatchObject(refusal(401, "signature-invalid"));
    const request = enrolment(new DeviceClient({ ...mine.keys, privateKey: theirs.privateKey }), secret);
    expect(await ask(request)).toMatchObject(refusal(401, "signature-invalid"));
    expect((await enrol(mine, secret)).status).toBe(201);
  });

  it("in two encodings is not two keys", async () => {
    const { secret } = await factories.enrolmentToken();
    const client = new DeviceClient();
    const jwk = { ...client.keys.jwk, x: `${client.keys.jwk.x}=` };
    expect(await ask(enrolment(client, secret, { jwk }))).toMatchObject(refusal(400, "malformed"));
  });

  it("with its private part is refused, nothing is stored of it, and the audit log says so without it", async () => {
    const { secret } = await factories.enrolmentToken();
    const client = new DeviceClient();
    const { d } = client.keys.privateKey.export({ format: "jwk" });
    const jwk = { ...client.keys.jwk, d };
    const answer = await ask(from("192.0.2.77", enrolment(client, secret, { jwk })));
    expect(answer).toMatchObject(refusal(400, "private-key-exposed"));
    const rows = await world.database.sql`
      select event_type, metadata from audit_logs where host(ip_address) = '192.0.2.77'`;
    expect(rows).toEqual([{ eventType: "enrolment.failed", metadata: { code: "private-key-exposed" } }]);
    expect((await enrol(client, secret)).status).toBe(201);
  });

  it("of a retired or revoked device is refused with 410, whatever token comes with it", async () => {
    const { secret } = await factories.enrolmentToken({ usageLimit: 5 });
    for (const status of ["revoked", "retired"] as const) {
      const { client } = await factories.device({ status });
      expect(await enrol(client, secret)).toMatchObject(refusal(410, "device-retired"));
    }
    const { client } = await factories.device({ status: "rejected" });
    expect(await enrol(client, secret)).toMatchObject(refusal(409, "key-revoked"));
  });

  it("that was replaced is refused with 409 for good", async () => {
    const { client } = await factories.device();
    const next = newDeviceKeys();
    const body = { jwk: next.jwk, reason: "manual" };
    await client.send("POST", "/keys", { body, alsoSignedBy: next });
    await new DeviceClient(next).send("GET", "/self");
    const { secret } = await factories.enrolmentToken();
    expect(await enrol(client, secret)).toMatchObject(refusal(409, "key-revoked"));
  });
});

it("leaves a lost answer recoverable without the token", async () => {
  const { secret } = await factories.enrolmentToken();
  const client = new DeviceClient();
  const lost = await enrol(client, secret);
  expect((await ask(client.request("GET", "/self"))).read(EnrolResult)).toEqual(lost.read(EnrolResult));
});

it("tells a pending device so until it is approved", async () => {
  const { secret } = await factories.enrolmentToken();
  const client = new DeviceClient();
  const { deviceId, status } = (await enrol(client, secret)).read(EnrolResult);
  expect(status).toBe("pending");
  await lifecycle.approve.execute(world.system, { id: DeviceId.parse(deviceId) });
  expect((await enrol(client, secret)).read(EnrolResult)).toMatchObject({ deviceId, status: "active" });
});

it("names the fields that are wrong and writes nothing", async () => {
  const { secret } = await factories.enrolmentToken();
  const device = { hostname: "two\nlines", instanceId: "x" };
  const answer = await ask(enrolment(new DeviceClient(), secret, { device }));
  expect(answer).toMatchObject(refusal(422, "invalid"));
  const pointers = (answer.problem as Problem).errors?.map(({ pointer }) => pointer);
  expect(pointers?.sort()).toEqual(["/device/hostname", "/device/instanceId"]);
});
