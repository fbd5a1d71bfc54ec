/**
 * Every permission Keyward knows, each with the sentence an administrator reads.
 * Roles, API-key scopes, the navigation, `<Can>` and the docs are built from this object;
 * the database copy is seeded from it and never edited by hand.
 */
export const permissions = {
  "overview.read": "See the organisation's overview",
  "user.read": "See users",
  "user.create": "Create users and invite them",
  "user.update": "Change a user's profile",
  "user.suspend": "Suspend and reactivate users",
  "user.deactivate": "Deactivate users for good",
  "user.sign-out": "Sign a user out everywhere by renewing the security stamp",
  "user.reset-password": "Send a user a link to choose a new password",
  "session.read": "See anyone's sessions",
  "session.revoke": "End anyone's sessions",
  "role.read": "See roles and what they allow",
  "role.assign": "Give roles to users and take them away",
  "group.read": "See groups and their members",
  "group.create": "Create groups",
  "group.update": "Change groups",
  "group.remove": "Remove groups",
  "group.assign": "Put users into groups and take them out",
  "device.read": "See devices and their activity",
  "device.approve": "Approve or reject devices that wait for it",
  "device.update": "Rename devices, give them an owner and tags",
  "device.suspend": "Suspend and resume devices, and say when they leave the private network",
  "device.quarantine": "Quarantine devices and release them",
  "device.revoke": "Revoke devices with their keys, tunnels and certificates",
  "device.supersede": "Let a reinstalled device take its predecessor's place",
  "enrolment-token.read": "See enrolment tokens and their uses",
  "enrolment-token.create": "Create enrolment tokens",
  "enrolment-token.revoke": "Revoke enrolment tokens",
  "tag.read": "See tags",
  "tag.create": "Create tags",
  "tag.update": "Change tags",
  "tag.remove": "Remove tags",
  "policy.read": "See policies",
  "policy.create": "Create policies",
  "policy.update": "Change policies and what their tests expect",
  "policy.remove": "Remove policies",
  "policy.override": "Save policies although their tests fail",
  "gateway.read": "See gateways",
  "gateway.create": "Set up gateways and their networks",
  "gateway.update": "Change gateways and their networks",
  "gateway.remove": "Remove gateways with every tunnel to them",
  "address.read": "See address pools and leases",
  "address.update": "Resize address pools, reserve and assign addresses",
  "tunnel.read": "See devices' tunnels and traffic",
  "tunnel.create": "Give devices tunnels",
  "tunnel.update": "Renew, extend and end devices' tunnels",
  "access.read": "See who can reach what",
  "certificate.read": "See certificates",
  "api-key.read": "See API keys",
  "api-key.revoke": "Revoke anyone's API keys",
  "audit.read": "Read the audit log",
  "setting.read": "See system settings",
  "setting.update": "Change system settings",
} as const satisfies Record<`${string}.${string}`, string>;

export type Permission = keyof typeof permissions;

export const allPermissions = Object.keys(permissions) as Permission[];

const reads = allPermissions.filter((permission) => permission.endsWith(".read"));

/** What the four pre-defined roles allow. `user` owns only what is theirs, which needs no permission. */
export const rolePermissions: Readonly<Record<"admin" | "user" | "viewer" | "moderator", readonly Permission[]>> = {
  admin: allPermissions,
  user: [],
  viewer: reads,
  moderator: [
    ...reads,
    "user.suspend",
    "user.sign-out",
    "session.revoke",
    "device.approve",
    "device.update",
    "device.suspend",
    "device.quarantine",
    "enrolment-token.create",
    "enrolment-token.revoke",
    "tag.create",
    "tag.update",
  ],
};

export function isPermission(value: string): value is Permission {
  return Object.hasOwn(permissions, value);
}
