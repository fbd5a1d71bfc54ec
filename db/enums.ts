/**
 * The closed vocabularies of the database, in the order PostgreSQL sorts them.
 * Nothing is imported here: browser, agent and server read these unions, `db/schema` makes Postgres enums of them.
 */
export const userStatuses = ["invited", "active", "suspended", "deactivated"] as const;
export type UserStatus = (typeof userStatuses)[number];

export const passwordTokenPurposes = ["reset", "invite"] as const;
export type PasswordTokenPurpose = (typeof passwordTokenPurposes)[number];

export const emailTokenPurposes = ["verify", "change"] as const;
export type EmailTokenPurpose = (typeof emailTokenPurposes)[number];

export const sessionRevokeReasons = [
  "logout",
  "logout_all",
  "admin",
  "password",
  "mfa_change",
  "user_disabled",
  "user_deleted",
  "reuse",
  "limit",
  "risk",
  "impersonation_end",
  "replaced",
] as const;
export type SessionRevokeReason = (typeof sessionRevokeReasons)[number];

export const sessionActivityTypes = [
  "login",
  "logout",
  "refresh",
  "step_up",
  "api_call",
  "page_view",
  "password_change",
  "settings_change",
] as const;
export type SessionActivityType = (typeof sessionActivityTypes)[number];

export const severities = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];

export const colourSchemes = ["light", "dark", "system"] as const;
export type ColourScheme = (typeof colourSchemes)[number];

export const navigationItemTypes = ["item", "group", "collapsible", "divider", "spacer"] as const;
export type NavigationItemType = (typeof navigationItemTypes)[number];

export const settingDataTypes = ["string", "integer", "number", "boolean", "json"] as const;
export type SettingDataType = (typeof settingDataTypes)[number];

export const notificationPriorities = ["low", "normal", "high", "urgent"] as const;
export type NotificationPriority = (typeof notificationPriorities)[number];

export const notificationChannels = ["in_app", "email", "push", "desktop", "sound"] as const;
export type NotificationChannel = (typeof notificationChannels)[number];

export const notificationFrequencies = ["immediate", "daily", "weekly", "never"] as const;
export type NotificationFrequency = (typeof notificationFrequencies)[number];

export const deviceStatuses = [
  "pending",
  "active",
  "suspended",
  "quarantined",
  "rejected",
  "revoked",
  "retired",
] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

export const deviceKeyStatuses = ["active", "retiring", "revoked"] as const;
export type DeviceKeyStatus = (typeof deviceKeyStatuses)[number];

/** Worst first, which is how a device's items roll up. */
export const complianceStates = ["failed", "drifted", "pending", "compliant"] as const;
export type ComplianceState = (typeof complianceStates)[number];

export const enrolmentTokenKinds = ["device", "gateway"] as const;
export type EnrolmentTokenKind = (typeof enrolmentTokenKinds)[number];

export const hardwareMatchActions = ["create", "supersede_if_offline_24h", "reject"] as const;
export type HardwareMatchAction = (typeof hardwareMatchActions)[number];

/** What came of presenting a token. `repeated` is the same key asking again, which costs no use. */
export const enrolmentOutcomes = [
  "enrolled",
  "repeated",
  "expired",
  "exhausted",
  "revoked",
  "address_refused",
  "hardware_conflict",
] as const;
export type EnrolmentOutcome = (typeof enrolmentOutcomes)[number];

export const policyEffects = ["allow", "deny"] as const;
export type PolicyEffect = (typeof policyEffects)[number];

export const policyRevisionStatuses = ["draft", "published", "superseded"] as const;
export type PolicyRevisionStatus = (typeof policyRevisionStatuses)[number];

export const policyItemTypes = [
  "file",
  "directory",
  "package",
  "service",
  "command",
  "user",
  "group",
  "authorized_key",
  "sysctl",
  "timer",
  "ca_certificate",
  "assert",
] as const;
export type PolicyItemType = (typeof policyItemTypes)[number];

export const policyItemModes = ["enforce", "audit"] as const;
export type PolicyItemMode = (typeof policyItemModes)[number];

export const itemFailureActions = ["continue", "stop_policy"] as const;
export type ItemFailureAction = (typeof itemFailureActions)[number];

export const itemRemovalActions = ["leave", "revert", "remove"] as const;
export type ItemRemovalAction = (typeof itemRemovalActions)[number];

export const policyTargetTypes = ["user", "device", "group", "tag", "all"] as const;
export type PolicyTargetType = (typeof policyTargetTypes)[number];

export const rolloutStatuses = ["draft", "running", "paused", "completed", "rolled_back"] as const;
export type RolloutStatus = (typeof rolloutStatuses)[number];

export const itemOverrideKinds = ["exclude", "pause"] as const;
export type ItemOverrideKind = (typeof itemOverrideKinds)[number];

export const itemStatuses = ["compliant", "applied", "drifted", "failed", "skipped"] as const;
export type ItemStatus = (typeof itemStatuses)[number];

export const runModes = ["enforce", "plan"] as const;
export type RunMode = (typeof runModes)[number];

export const networkProtocols = ["any", "tcp", "udp", "icmp"] as const;
export type NetworkProtocol = (typeof networkProtocols)[number];

export const policyTestSources = ["device", "user", "group"] as const;
export type PolicyTestSource = (typeof policyTestSources)[number];

export const peerStates = ["active", "superseded", "revoked"] as const;
export type PeerState = (typeof peerStates)[number];

export const allocationStatuses = ["allocated", "released", "reserved", "static"] as const;
export type AllocationStatus = (typeof allocationStatuses)[number];

export const trafficResolutions = ["minute", "hour", "day"] as const;
export type TrafficResolution = (typeof trafficResolutions)[number];

export const authorityKinds = ["root", "intermediate"] as const;
export type AuthorityKind = (typeof authorityKinds)[number];

/** What an authority issues for: `trust` signs authorities only. */
export const authorityPurposes = ["trust", "users", "devices"] as const;
export type AuthorityPurpose = (typeof authorityPurposes)[number];

export const authorityStatuses = ["pending", "active", "retiring", "retired"] as const;
export type AuthorityStatus = (typeof authorityStatuses)[number];

export const certificateKinds = ["ca", "user", "device", "server", "ocsp"] as const;
export type CertificateKind = (typeof certificateKinds)[number];

export const certificateStatuses = ["active", "revoked", "expired"] as const;
export type CertificateStatus = (typeof certificateStatuses)[number];

/** RFC 5280 §5.3.1, spelled as there. */
export const revocationReasons = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  "privilegeWithdrawn",
  "aACompromise",
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

export const issuanceChannels = ["ui", "est", "api", "enrol"] as const;
export type IssuanceChannel = (typeof issuanceChannels)[number];

export const actorKinds = ["user", "api_key", "device", "gateway", "system", "anonymous"] as const;
export type ActorKind = (typeof actorKinds)[number];

export const auditStatuses = ["success", "failure", "denied"] as const;
export type AuditStatus = (typeof auditStatuses)[number];

export const auditSources = ["web", "api", "agent", "system"] as const;
export type AuditSource = (typeof auditSources)[number];
