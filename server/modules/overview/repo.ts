import { sql } from "drizzle-orm";
import type { DeviceStatus } from "@/db/enums";
import type { Reader } from "@/server/core/database";

interface Totals extends Record<string, unknown> {
  active: number;
  invited: number;
  suspended: number;
  sessions: number;
  usableTokens: number;
  devicesOnline: number;
  hasTokens: boolean;
  hasCheckIn: boolean;
}

/** Everything that is one number, in one statement. */
export async function totals(reader: Reader): Promise<Totals> {
  const [row] = await reader.execute<Totals>(sql`
    select
      (select count(*)::int from users where status = 'active') as "active",
      (select count(*)::int from users where status = 'invited') as "invited",
      (select count(*)::int from users where status = 'suspended') as "suspended",
      (select count(*)::int from sessions where revoked_at is null and idle_expires_at > now() and expires_at > now()) as "sessions",
      (select count(*)::int from enrolment_tokens where revoked_at is null and expires_at > now() and usage_current < usage_limit) as "usableTokens",
      (select count(*)::int from devices where deleted_at is null and last_seen_at > now() - interval '10 minutes') as "devicesOnline",
      exists (select 1 from enrolment_tokens) as "hasTokens",
      exists (select 1 from devices where last_seen_at is not null) as "hasCheckIn"`);
  if (!row) throw new Error("The totals did not come back");
  return row;
}

export async function devicesByStatus(reader: Reader): Promise<Map<DeviceStatus, number>> {
  const rows = await reader.execute<{ status: DeviceStatus; count: number }>(
    sql`select status, count(*)::int as count from devices where deleted_at is null group by status`,
  );
  return new Map(rows.map(({ status, count }) => [status, count]));
}

/** Devices enrolled per day over the last two weeks, days without any included. */
export async function enrolmentsByDay(reader: Reader): Promise<{ day: string; count: number }[]> {
  const rows = await reader.execute<{ day: string; count: number }>(sql`
    select to_char(day, 'YYYY-MM-DD') as day, count(d.id)::int as count
      from generate_series(current_date - 13, current_date, interval '1 day') as day
      left join devices d on d.created_at >= day and d.created_at < day + interval '1 day'
     group by day order by day`);
  return [...rows];
}
