import type { NavigationItemType } from "./enums";

export interface SeedNavigationItem {
  key: string;
  title: string;
  type: NavigationItemType;
  /** A lucide icon name. */
  icon?: string;
  href?: string;
  /** Without this permission the item does not show. */
  permission?: string;
  /** False while the page does not exist. */
  isActive: boolean;
  children?: readonly SeedNavigationItem[];
}

const page = (key: string, permission: string, [title, icon]: [string, string]): SeedNavigationItem => ({
  key,
  title,
  icon,
  permission,
  type: "item",
  href: `/${key}`,
  isActive: true,
});

const planned = (item: SeedNavigationItem): SeedNavigationItem => ({ ...item, isActive: false });

const group = (key: string, title: string, children: readonly SeedNavigationItem[]): SeedNavigationItem => ({
  key,
  title,
  type: "group",
  isActive: true,
  children,
});

/** The console's navigation, in order. */
export const seedNavigation: readonly SeedNavigationItem[] = [
  page("overview", "overview.read", ["Overview", "layout-dashboard"]),
  group("people", "People", [
    page("users", "user.read", ["Users", "users"]),
    page("sessions", "session.read", ["Sessions", "monitor-smartphone"]),
    page("groups", "group.read", ["Groups", "users-round"]),
    planned(page("roles", "role.read", ["Roles", "shield"])),
  ]),
  group("fleet", "Devices", [
    page("devices", "device.read", ["Devices", "laptop"]),
    page("enrolment", "enrolment-token.read", ["Enrolment", "ticket"]),
    page("tags", "tag.read", ["Tags", "tag"]),
    page("policies", "policy.read", ["Policies", "file-check"]),
  ]),
  group("network", "Network", [
    page("gateways", "gateway.read", ["Gateways", "router"]),
    page("addresses", "address.read", ["Addresses", "network"]),
    page("access", "access.read", ["Access", "route"]),
  ]),
  group("trust", "Trust", [
    planned(page("certificates", "certificate.read", ["Certificates", "badge-check"])),
    page("api-keys", "api-key.read", ["API keys", "key-round"]),
    page("audit", "audit.read", ["Audit log", "scroll-text"]),
  ]),
  page("settings", "setting.read", ["Settings", "settings"]),
];
