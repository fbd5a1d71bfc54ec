import { afterEach, beforeEach, expect, test } from "vitest";
import { permissions, rolePermissions } from "@/server/core/permissions";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { createClient } from "./client";
import { seed } from "./seed";

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

const again = () => seed(database.sql, { permissions, rolePermissions });

const allowed = async (role: string): Promise<string[]> => {
  const rows = await database.sql<{ name: string }[]>`
    select p.resource || '.' || p.action as name from roles r
    join role_permissions rp on rp.role_id = r.id join permissions p on p.id = rp.permission_id
    where r.name = ${role} order by 1`;
  return rows.map(({ name }) => name);
};

const content = async () => {
  const tables = ["permissions", "roles", "role_permissions", "themes", "system_settings", "setting_templates"];
  const contents = tables.map(
    (table) => database.sql`select to_jsonb(t) - 'updated_at' as row from ${database.sql(table)} t order by 1`,
  );
  const rows = await Promise.all(contents);
  return rows.map((one) => one.map(({ row }) => row));
};

test("the seed brings the catalogue, the roles, the group users, themes, settings and the navigation", async () => {
  const { sql } = database;
  expect(await allowed("admin")).toEqual(Object.keys(permissions).sort());
  for (const [role, names] of Object.entries(rolePermissions)) expect(await allowed(role)).toEqual([...names].sort());
  expect(await sql`select name, is_system from groups`).toEqual([{ name: "users", isSystem: true }]);
  expect(await sql`select name from themes where is_default`).toEqual([{ name: "light" }]);
  const [counts] = await sql`
    select (select count(*) from system_settings) > 20 as settings,
      (select count(*) from system_settings s full join setting_templates t using (category, key)
        where s.id is null or t.id is null or s.value is distinct from t.default_value) as unlike`;
  expect(counts).toEqual({ settings: true, unlike: 0 });
});

test("a second and a parallel run change nothing", async () => {
  const before = await content();
  await Promise.all([again(), seed(database.app, { permissions, rolePermissions })]);
  expect(await content()).toEqual(before);
});

test("what administrators changed stays", async () => {
  const { sql } = database;
  await sql`update system_settings set value = '"ACME"' where category = 'organisation'`;
  await sql`delete from role_permissions where role_id = (select id from roles where name = 'viewer')`;
  await sql`delete from role_permissions where role_id = (select id from roles where name = 'admin')`;
  await sql`update themes set is_default = false`;
  await sql`update themes set is_default = true where name = 'dark'`;
  await again();
  expect(await sql`select value from system_settings where category = 'organisation'`).toEqual([{ value: "ACME" }]);
  expect(await allowed("viewer")).toEqual([]);
  expect(await allowed("admin")).toEqual(Object.keys(permissions).sort());
  expect(await sql`select name from themes where is_default`).toEqual([{ name: "dark" }]);
});

test("a new permission reaches the roles that have it, one that is gone leaves them", async () => {
  const extended = { ...permissions, "kite.fly": "Fly kites" };
  const roles = { ...rolePermissions, admin: Object.keys(extended), viewer: [...rolePermissions.viewer, "kite.fly"] };
  await seed(database.sql, { permissions: extended, rolePermissions: roles });
  expect(await allowed("viewer")).toContain("kite.fly");
  expect(await allowed("admin")).toContain("kite.fly");
  await again();
  expect(await allowed("admin")).not.toContain("kite.fly");
});

test("navigation shows only pages that exist, each under a permission", async () => {
  const { sql } = database;
  const pages = await sql`
    select n.href from navigation_items n where n.type = 'item' and n.is_active order by 1`;
  expect(pages.map(({ href }) => href)).toEqual([
    "/access",
    "/addresses",
    "/api-keys",
    "/audit",
    "/devices",
    "/enrolment",
    "/gateways",
    "/groups",
    "/overview",
    "/policies",
    "/sessions",
    "/settings",
    "/tags",
    "/users",
  ]);
  const open = await sql`
    select key from navigation_items n where type = 'item'
      and not exists (select from navigation_permissions p where p.navigation_item_id = n.id)`;
  expect([...open]).toEqual([]);
});

test("a navigation permission the catalogue does not have is refused, and nothing is written", async () => {
  const { "audit.read": _, ...fewer } = permissions;
  const before = await content();
  await expect(seed(database.sql, { permissions: fewer, rolePermissions: {} })).rejects.toThrow(/audit\.read/);
  expect(await content()).toEqual(before);
});

test("the seed needs no more than the owner's rights", async () => {
  const owner = createClient(database.url, { role: "keyward_owner", max: 1 });
  try {
    await seed(owner, { permissions, rolePermissions });
  } finally {
    await owner.end();
  }
});
