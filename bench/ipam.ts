import { startBench } from "./lib/keyward";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";

const EMPTY = "an empty /16";
const SUBJECT = "a /16 with 60,000 addresses in use";
const USED = 60_000;
const CLIENTS = 16;
/** Of each client, and fewer than are left of the pool that is nearly full. */
const TIMES = 100;

/** An address for a device without one, in a transaction of its own; there is one for each of the sequence's numbers. */
const transaction = (poolId: string, sequence: string) => `
begin;
select enter_scope('system');
select allocate_address('${poolId}', (select device_id from bench_devices where n = (select nextval('${sequence}'))));
commit;`;

const bench = await startBench();

/** The same number of devices for each pool, numbered; a round takes them from the start again. */
await bench.sql.begin(async (tx) => {
  await tx`select enter_scope('system')`;
  await tx`reset role`;
  await tx`
    insert into devices (name, status) select 'bench-' || n, 'active' from generate_series(1, ${USED + 5_500}) n`;
  await tx`
    create table bench_devices as
    select row_number() over () as n, id as device_id from devices where name like 'bench-%'`;
  await tx`create unique index on bench_devices (n)`;
  await tx`create sequence bench_turn start ${tx.unsafe(String(USED + 1))}`;
  await tx`grant select on bench_devices to keyward_admin, keyward_app`;
  await tx`grant usage, update on bench_turn to keyward_admin, keyward_app`;
});

/** A gateway with a pool of which the first so many addresses are somebody's. */
async function poolWith(network: string, used: number): Promise<string> {
  return bench.sql.begin(async (tx) => {
    await tx`select enter_scope('system')`;
    const [pool] = await tx<{ id: string }[]>`
      with gateway as (insert into gateways (name, vpn_cidr) values (${network}, ${network}) returning id)
      select create_pool(id, ${network}::cidr) as id from gateway`;
    if (!pool) throw new Error("no pool");
    await tx`
      insert into ip_allocations (pool_id, gateway_id, device_id, address)
      select p.id, p.gateway_id, d.device_id, host(p.cidr)::inet + 1 + d.n::int
        from bench_devices d, ip_pools p where p.id = ${pool.id} and d.n <= ${used}`;
    await tx`update ip_pools set used = ${used}, next_off = 2 + ${used}::bigint where id = ${pool.id}`;
    return pool.id;
  });
}

/** Takes back what a round allocated, so that each begins with the same pool. */
async function reset(poolId: string, used: number): Promise<void> {
  await bench.sql.begin(async (tx) => {
    await tx`select enter_scope('system')`;
    await tx`
      delete from ip_allocations a using bench_devices d where d.device_id = a.device_id and d.n > ${USED}`;
    await tx`update ip_pools set used = ${used}, next_off = 2 + ${used}::bigint where id = ${poolId}`;
    await tx`select setval('bench_turn', ${USED + 1}, false)`;
  });
  await bench.sql`vacuum analyze ip_allocations`;
}

const contestant = (name: string, network: string, used: number) => {
  const pool = poolWith(network, used);
  return {
    name,
    async run() {
      const poolId = await pool;
      await reset(poolId, used);
      return pgbench({
        url: bench.databaseUrl,
        sql: transaction(poolId, "bench_turn"),
        clients: CLIENTS,
        times: TIMES,
      });
    },
  };
};

const rates = await measure([contestant(EMPTY, "10.1.0.0/16", 0), contestant(SUBJECT, "10.2.0.0/16", USED)]);
report("ipam: a device is given an address", { rates, subject: SUBJECT, targets: [{ of: EMPTY, atLeast: 0.8 }] });
await bench.stop();
