import postgres from "postgres";

export const dynamic = "force-dynamic";

const sql = postgres(process.env.DATABASE_URL ?? "", { max: 10 });

interface Row {
  id: string;
  name: string;
  status: string;
  tags: { id: string; name: string }[];
  ownerName: string | null;
  osVersion: string | null;
  lastSeenAt: Date | null;
  createdAt: Date;
}

/** What Keyward's list of devices asks for an administrator, in a transaction like its own. */
function list() {
  return sql.begin("read only", async (tx) => {
    const [, few, rows] = await Promise.all([
      tx`select enter_scope('admin')`,
      tx<{ count: number }[]>`
        select count(*)::int from (select 1 from devices where deleted_at is null limit 10001) few`,
      tx<Row[]>`
        select d.id, d.name, d.status, d.platform, d.os_version as "osVersion", d.app_version as "appVersion",
               d.user_id as "ownerId", o.username as "ownerName",
               coalesce((select json_agg(json_build_object('id', g.id, 'name', g.name, 'color', g.color) order by g.name)
                 from device_tags dt join tags g on g.id = dt.tag_id where dt.device_id = d.id), '[]') as tags,
               d.compliance, d.clone_flips >= 2 as "isCloneSuspected",
               d.last_seen_at as "lastSeenAt", d.created_at as "createdAt", d.name as "sortValue"
          from devices d left join users o on o.id = d.user_id
         where d.deleted_at is null order by d.name, d.id limit 26`,
    ]);
    return { count: few[0]?.count ?? 0, rows: rows.slice(0, 25) };
  });
}

export default async function Page() {
  const { count, rows } = await list();
  return (
    <table>
      <caption>{count} devices</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>{row.name}</td>
            <td>{row.status}</td>
            <td>{row.tags.map(({ name }) => name).join(", ")}</td>
            <td>{row.ownerName}</td>
            <td>{row.osVersion}</td>
            <td>{row.lastSeenAt?.toISOString()}</td>
            <td>{row.createdAt.toISOString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
