import { connection } from "next/server";
import postgres from "postgres";

const shared = globalThis as { floorSql?: ReturnType<typeof postgres> };

/** The SQL of the device list and a table of it: what any page with this list costs at least. */
export default async function Page() {
  await connection();
  shared.floorSql ??= postgres(process.env.FLOOR_DATABASE_URL ?? "", { max: 10 });
  const sql = shared.floorSql;
  const [rows, counted] = await Promise.all([
    sql`select d.id, d.name, d.status, d.platform, d.os_version, d.app_version, o.username, d.compliance, d.last_seen_at, d.created_at,
               coalesce((select json_agg(json_build_object('id', g.id, 'name', g.name)) from device_tags dt join tags g on g.id = dt.tag_id where dt.device_id = d.id), '[]') as tags
          from devices d left join users o on o.id = d.user_id
         where d.deleted_at is null order by d.name, d.id limit 26`,
    sql`select count(*)::int as count from (select 1 from devices where deleted_at is null limit 10001) some_devices`,
  ]);
  return (
    <main>
      <h1>{counted[0]?.count} devices</h1>
      <table>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              {["name", "status", "platform", "os_version", "username", "compliance"].map((column) => (
                <td key={column}>{row[column]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </main>
  );
}
