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

const page = (key: string, title: string, icon: string, permission: string): SeedNavigationItem => ({
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
  page("overview", "Overview", "layout-dashboard", "overview.read"),
  group("people", "People", [
    page("users", "Users", "users", "user.read"),
    page("sessions", "Sessions", "monitor-smartphone", "session.read"),
    planned(page("groups", "Groups", "users-round", "group.read")),
    planned(page("roles", "Roles", "shield", "role.read")),
  ]),
  group("fleet", "Devices", [
    page("devices", "Devices", "laptop", "device.read"),
    page("enrolment", "Enrolment", "ticket", "enrolment-token.read"),
    page("tags", "Tags", "tag", "tag.read"),
    planned(page("policies", "Policies", "file-check", "policy.read")),
  ]),
  group("network", "Network", [
    planned(page("gateways", "Gateways", "router", "gateway.read")),
    planned(page("addresses", "Addresses", "network", "address.read")),
    planned(page("access", "Access", "route", "access.read")),
  ]),
  group("trust", "Trust", [
    planned(page("certificates", "Certificates", "badge-check", "certificate.read")),
    planned(page("api-keys", "API keys", "key-round", "api-key.read")),
    page("audit", "Audit log", "scroll-text", "audit.read"),
  ]),
  planned(page("settings", "Settings", "settings", "setting.read")),
];
