import { afterAll, beforeAll, expect, it } from "vitest";
import { secrets } from "@/server/core/secrets";
import { newToken, tokenHmac } from "@/server/modules/enrolment/token";
import { type AgentAnswer, ask, enrolment, refusal } from "@/server/testing/agent-answer";
import { DeviceClient, newDeviceKeys } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { keepPrinted } from "@/server/testing/printed";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
const printed = keepPrinted();
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const answers: AgentAnswer[] = [];
async function keep(request: Request): Promise<AgentAnswer> {
  const answer = await ask(request);
  answers.push(answer);
  return answer;
}

/** Every way a secret of an enrolment could be written down. */
function spellings(token: string, { jwk, privateKey }: ReturnType<typeof newDeviceKeys>): string[] {
  const hmacs = secrets().pepper.map((pepper) => tokenHmac(pepper, token));
  const encodings = (["hex", "base64", "base64url"] as const).flatMap((as) => hmacs.map((hmac) => hmac.toString(as)));
  const { d } = privateKey.export({ format: "jwk" });
  return [token, token.toUpperCase(), token.replace(/(.{4})(?=.)/g, "$1-"), ...encodings, jwk.x, String(d)];
}

async function written(): Promise<string> {
  const rows = await world.database.sql`select to_jsonb(a)::text as line from audit_logs a`;
  const uses = await world.database.sql`select to_jsonb(u)::text as line from enrolment_token_uses u`;
  return [...rows, ...uses].map(({ line }) => line).join("\n");
}

/** Makes the database fail while it has the enrolment's values in its hands. */
async function breaking(statement: string, repair: string, work: () => Promise<void>): Promise<void> {
  await world.database.sql.unsafe(statement);
  await work();
  await world.database.sql.unsafe(repair);
}

it("writes neither token, nor its HMAC, nor a key into a log line, the audit log or an answer, whatever happens", async () => {
  const { secret, id } = await factories.enrolmentToken({ usageLimit: 3 });
  const keys = newDeviceKeys();
  const client = new DeviceClient(keys);
  const unknown = newToken();
  const d = keys.privateKey.export({ format: "jwk" }).d;

  await breaking(
    "alter table enrolment_tokens add constraint broken check (usage_current = 0) not valid",
    "alter table enrolment_tokens drop constraint broken",
    async () => expect(await keep(enrolment(client, secret))).toMatchObject(refusal(500, "internal")),
  );
  await breaking(
    "alter table device_keys add constraint broken check (jwk is null) not valid",
    "alter table device_keys drop constraint broken",
    async () => expect(await keep(enrolment(client, secret))).toMatchObject(refusal(500, "internal")),
  );
  await keep(enrolment(client, secret, { jwk: { ...keys.jwk, d } }));
  await keep(enrolment(client, `${secret}0`));
  await keep(enrolment(client, unknown));
  await keep(enrolment(client, secret));
  await keep(enrolment(client, secret));
  await world.database.sql`update enrolment_tokens set revoked_at = now() where id = ${id}`;
  await keep(enrolment(new DeviceClient(), secret));

  expect(answers.map(({ status }) => status)).toEqual([500, 500, 400, 422, 403, 201, 200, 403]);
  expect(printed()).toContain("Request failed");
  const audited = await written();
  for (const spelling of [...spellings(secret, keys), ...spellings(unknown, newDeviceKeys())]) {
    expect(printed()).not.toContain(spelling);
    expect(audited).not.toContain(spelling);
    for (const { text, headers } of answers.filter(({ status }) => status !== 201 && status !== 200)) {
      expect(text + JSON.stringify([...headers])).not.toContain(spelling);
    }
  }
});
