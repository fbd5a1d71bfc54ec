import type { Sql, TransactionSql } from "postgres";
import { type SeedNavigationItem, seedNavigation } from "./seed-navigation";
import { seedSettings } from "./seed-settings";
import { seedThemes } from "./seed-themes";

/** What the code knows and the database copies. */
export interface SeedCatalogue {
  /** `resource.action` → the sentence people read. */
  permissions: Readonly<Record<string, string>>;
  /** What each pre-defined role allows. */
  rolePermissions: Readonly<Record<string, readonly string[]>>;
}

const ROLE_DESCRIPTIONS: Readonly<Record<string, string>> = {
  admin: "May do everything",
  user: "Looks after what is their own",
  viewer: "Sees everything, changes nothing",
  moderator: "Helps users and lets devices in",
};

/**
 * Brings catalogue, roles, themes, settings and navigation up to date; what people changed since stays.
 * Run it after every migration, through a login that may become `keyward_owner`; any number of processes at once.
 * @throws when the navigation asks for a permission the catalogue does not have
 */
export async function seed(sql: Sql, catalogue: SeedCatalogue): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('keyward.seed', 0))`;
    await tx`set local role keyward_owner`;
    const added = await seedPermissions(tx, catalogue.permissions);
    await seedRoles(tx, catalogue.rolePermissions, added);
    await seedThemeRows(tx);
    await seedSettingRows(tx);
    await seedNavigationRows(tx);
  });
}

function split(permission: string): { resource: string; action: string } {
  const dot = permission.lastIndexOf(".");
  return { resource: permission.slice(0, dot), action: permission.slice(dot + 1) };
}

/** @returns the permissions that are new */
async function seedPermissions(tx: TransactionSql, permissions: SeedCatalogue["permissions"]): Promise<string[]> {
  const rows = Object.entries(permissions).map(([name, description]) => ({ ...split(name), description }));
  await tx`
    delete from permissions where resource || '.' || action <> all (${Object.keys(permissions)}::text[])`;
  const added = await tx<{ name: string }[]>`
    insert into permissions ${tx(rows)} on conflict (resource, action) do nothing
    returning resource || '.' || action as name`;
  await tx`
    update permissions p set description = new.description
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as new (resource text, action text, description text)
    where (p.resource, p.action) = (new.resource, new.action) and p.description <> new.description`;
  return added.map(({ name }) => name);
}

/** A new role gets all of its permissions, an existing one only those that are new: the rest is the administrators'. */
async function seedRoles(tx: TransactionSql, roles: SeedCatalogue["rolePermissions"], added: string[]): Promise<void> {
  for (const [name, allowed] of Object.entries(roles)) {
    const created = await tx`
      insert into roles (name, description, is_system) values (${name}, ${ROLE_DESCRIPTIONS[name] ?? ""}, true)
      on conflict (name) do nothing returning id`;
    const wanted = created.length > 0 || name === "admin" ? allowed : allowed.filter((one) => added.includes(one));
    await tx`
      insert into role_permissions (role_id, permission_id)
      select r.id, p.id from roles r, permissions p
      where r.name = ${name} and p.resource || '.' || p.action = any (${[...wanted]}::text[])
      on conflict do nothing`;
  }
}

async function seedThemeRows(tx: TransactionSql): Promise<void> {
  for (const { name, description, colorPalette, cssVariables, isDefault } of seedThemes) {
    await tx`
      insert into themes (name, description, color_palette, css_variables, is_default)
      select ${name}, ${description}, ${json(colorPalette)}::text::jsonb, ${json(cssVariables)}::text::jsonb,
             ${isDefault}::boolean and not exists (select from themes where is_default)
      on conflict (name) do nothing`;
  }
}

/** Values are kept; what describes them follows the code. */
async function seedSettingRows(tx: TransactionSql): Promise<void> {
  const rows = json(seedSettings.map(({ isPublic = false, ...setting }) => ({ ...setting, is_public: isPublic })));
  await tx`
    insert into system_settings (category, key, value, data_type, description, is_public)
    select category, key, value, type, description, is_public
    from jsonb_to_recordset(${rows}::text::jsonb)
      as s (category text, key text, value jsonb, type setting_data_type, description text, is_public boolean)
    on conflict (category, key) do update
      set data_type = excluded.data_type, description = excluded.description, is_public = excluded.is_public
      where (system_settings.data_type, system_settings.description, system_settings.is_public)
        is distinct from (excluded.data_type, excluded.description, excluded.is_public)`;
  await tx`
    insert into setting_templates (category, key, default_value, data_type, validation_schema, description)
    select category, key, value, type, schema, description
    from jsonb_to_recordset(${rows}::text::jsonb)
      as s (category text, key text, value jsonb, type setting_data_type, schema jsonb, description text)
    on conflict (category, key) do update
      set default_value = excluded.default_value, data_type = excluded.data_type,
          validation_schema = excluded.validation_schema, description = excluded.description`;
}

async function seedNavigationRows(tx: TransactionSql): Promise<void> {
  const keys: string[] = [];
  const visit = async (items: readonly SeedNavigationItem[], parent: string | null): Promise<void> => {
    for (const [index, item] of items.entries()) {
      keys.push(item.key);
      await seedNavigationItem(tx, item, { parent, order: (index + 1) * 10 });
      await visit(item.children ?? [], item.key);
    }
  };
  await visit(seedNavigation, null);
  await tx`delete from navigation_items where key <> all (${keys}::text[])`;
}

async function seedNavigationItem(
  tx: TransactionSql,
  item: SeedNavigationItem,
  { parent, order }: { parent: string | null; order: number },
): Promise<void> {
  const [row] = await tx<{ id: string }[]>`
    insert into navigation_items (parent_id, key, title, type, icon, href, sort_order, is_active)
    values ((select id from navigation_items where key = ${parent}), ${item.key}, ${item.title}, ${item.type},
            ${item.icon ?? null}, ${item.href ?? null}, ${order}, ${item.isActive})
    on conflict (key) do update
      set parent_id = excluded.parent_id, title = excluded.title, type = excluded.type, icon = excluded.icon,
          href = excluded.href, sort_order = excluded.sort_order, is_active = excluded.is_active
    returning id`;
  if (!row || !item.permission) return;
  const { resource, action } = split(item.permission);
  const [permission] = await tx<{ id: string }[]>`
    select id from permissions where resource = ${resource} and action = ${action}`;
  // Without its permission the item would show to everybody.
  if (!permission) throw new Error(`The navigation asks for ${item.permission}, which the catalogue does not have.`);
  await tx`delete from navigation_permissions where navigation_item_id = ${row.id} and permission_id <> ${permission.id}`;
  await tx`
    insert into navigation_permissions (navigation_item_id, permission_id) values (${row.id}, ${permission.id})
    on conflict do nothing`;
}

const json = (value: unknown): string => JSON.stringify(value);
