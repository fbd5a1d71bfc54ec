import { join } from "node:path";
import { enrolmentBody, newDeviceKey, replayFile } from "./lib/devices";
import { startBench } from "./lib/keyward";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 8000);
const FLOOR = "its transaction in bare SQL";
const SUBJECT = "Keyward enrolment";

/** The statements of an enrolment, on one token like the requests, without anything around them. */
const transaction = (tokenId: string) => `
begin;
select enter_scope('system');
select pg_advisory_xact_lock((random() * 1e15)::bigint);
select 1 from device_keys where thumbprint = md5(random()::text);
select id, expires_at, usage_limit, usage_current from enrolment_tokens where id = '${tokenId}';
with device as (
  insert into devices (name, status, platform, enrolment_token_id, recent_instance_ids)
  values ('bench', 'active', 'linux', '${tokenId}', '{bench-1}') returning id
), key as (
  insert into device_keys (device_id, thumbprint, jwk, algorithm)
  select id, md5(random()::text) || md5(random()::text), '{}', 'ed25519' from device returning device_id
)
insert into enrolment_token_uses (enrolment_token_id, device_id, outcome) select '${tokenId}', device_id, 'enrolled' from key;
insert into audit_logs (actor_kind, event_type, action, entity_type, source) values ('anonymous', 'device.enrolled', 'enrolled', 'device', 'agent');
update enrolment_tokens set usage_current = usage_current + 0, last_used_at = now() where id = '${tokenId}' and revoked_at is null and expires_at > now() and usage_current <= usage_limit;
commit;`;

const bench = await startBench();
const replay = join(import.meta.dirname, "lib", "replay.lua");

/** A token whose limit nothing reaches: the limit is a check that the benchmark lifts for itself. */
async function endlessToken(): Promise<{ id: string; secret: string }> {
  const created = await bench.trpc<{ token: { id: string }; secret: string }>("enrolment.create", {
    name: "bench",
    usageLimit: 1000,
    requireApproval: false,
  });
  await bench.sql.begin(async (tx) => {
    await tx`select set_config('app.scope', 'system', true)`;
    await tx`alter table enrolment_tokens drop constraint if exists enrolment_tokens_usage_positive`;
    await tx`update enrolment_tokens set usage_limit = 100000000 where id = ${created.token.id}`;
  });
  return { id: created.token.id, secret: created.secret };
}

const token = await endlessToken();
const rates = await measure([
  { name: FLOOR, run: () => pgbench({ url: bench.databaseUrl, sql: transaction(token.id), clients: 10 }) },
  {
    name: SUBJECT,
    async run() {
      const requests = Array.from({ length: REQUESTS }, (_, index) => {
        const device = newDeviceKey();
        const body = enrolmentBody(token.secret, device, `bench-${index}`);
        return {
          url: bench.url,
          method: "POST" as const,
          path: "/api/agent/v1/enrolments",
          body,
          tag: "keyward-enrol-v1" as const,
          device,
        };
      });
      return wrk({ url: bench.url, script: [replay, replayFile(requests)] });
    },
  },
]);
report("enrol: a device joins with a token", { rates, subject: SUBJECT, targets: [{ of: FLOOR, atLeast: 0.4 }] });
await bench.stop();
