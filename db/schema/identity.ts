import { getTableColumns, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  date,
  index,
  inet,
  integer,
  pgEnum,
  pgTable,
  text,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { citext, id, moment, neverFirst, timestamps, trigram } from "../columns";
import { emailTokenPurposes, passwordTokenPurposes, userStatuses } from "../enums";

export const userStatus = pgEnum("user_status", userStatuses);
export const passwordTokenPurpose = pgEnum("password_token_purpose", passwordTokenPurposes);
export const emailTokenPurpose = pgEnum("email_token_purpose", emailTokenPurposes);

/** People. Rows are never deleted (a trigger raises). Read them through {@link userColumns}. */
export const users = pgTable(
  "users",
  {
    id: id(),
    username: citext("username").notNull().unique(),
    email: citext("email").unique(),
    displayName: text("display_name").notNull().default(""),
    firstName: text("first_name"),
    lastName: text("last_name"),
    passwordHash: varchar("password_hash", { length: 255 }),
    /** Only grows; one more logs the user out everywhere. */
    securityStamp: integer("security_stamp").notNull().default(1),
    /** Changes with password and stamp; a session carries the value it was issued under. */
    checksum: varchar("checksum", { length: 70 }).generatedAlwaysAs(
      sql`encode(sha256((coalesce(password_hash, '') || security_stamp::text)::bytea), 'hex')`,
    ),
    /** The checksum before a re-hash, still accepted. Written by `authority_rehash` only. */
    previousChecksum: varchar("previous_checksum", { length: 70 }),
    status: userStatus("status").notNull().default("invited"),
    isActive: boolean("is_active").generatedAlwaysAs(sql`(status = 'active'::user_status)`),
    emailVerified: boolean("email_verified").notNull().default(false),
    emailVerifiedAt: moment("email_verified_at"),
    twoFactorEnabled: boolean("two_factor_enabled").notNull().default(false),
    twoFactorSecret: text("two_factor_secret"),
    twoFactorBackupCodes: text("two_factor_backup_codes").array(),
    /** The last TOTP step that was accepted, so that a code works once (RFC 6238 §5.2). */
    twoFactorLastStep: bigint("two_factor_last_step", { mode: "number" }),
    avatarUrl: text("avatar_url"),
    bio: text("bio"),
    timezone: text("timezone"),
    language: text("language"),
    dateOfBirth: date("date_of_birth", { mode: "string" }),
    phone: text("phone"),
    lastLoginAt: moment("last_login_at"),
    /** How many devices the user may have, whatever groups and settings say; null is what they say. */
    deviceLimit: integer("device_limit"),
    updatedBy: uuid("updated_by").references((): AnyPgColumn => users.id),
    erasedAt: moment("erased_at"),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    check("users_device_limit", sql`${t.deviceLimit} between 0 and 1000`),
    check("users_username_length", sql`char_length(${t.username}) between 1 and 50`),
    check(
      "users_email_format",
      sql`char_length(${t.email}) <= 254 and ${t.email}::text ~ '^[^@[:space:]]+@[^@[:space:]]+$'`,
    ),
    // A backslash would be an escape in the bytea cast of the checksum.
    check("users_password_hash_backslash", sql`strpos(${t.passwordHash}, chr(92)) = 0`),
    check("users_security_stamp_positive", sql`${t.securityStamp} > 0`),
    index("users_created_at_id").on(t.createdAt, t.id),
    index("users_updated_at_id").on(t.updatedAt, t.id),
    index("users_username_id").on(t.username, t.id),
    index("users_display_name_id").on(t.displayName, t.id),
    index("users_status_id").on(t.status, t.id),
    index("users_last_login_at_id").on(neverFirst(t.lastLoginAt), t.id),
    index("users_updated_by").on(t.updatedBy),
    trigram("users_username_trgm", t.username),
    trigram("users_email_trgm", t.email),
    trigram("users_display_name_trgm", t.displayName),
  ],
);

const {
  passwordHash: _passwordHash,
  checksum: _checksum,
  previousChecksum: _previousChecksum,
  twoFactorSecret: _twoFactorSecret,
  twoFactorBackupCodes: _twoFactorBackupCodes,
  ...readable
} = getTableColumns(users);

/**
 * The columns of {@link users} the runtime role may read: write `select(userColumns)` and `returning(userColumns)`.
 * Password hash, checksums and second-factor secrets come out of the `authority_*` functions only; a bare `select()`
 * fails with "permission denied for table users".
 */
export const userColumns = readable;

const oneTimeToken = () => ({
  id: id(),
  userId: uuid("user_id")
    .notNull()
    .references(() => users.id),
  /** SHA-256 of 32 random bytes, hex. */
  tokenHash: text("token_hash").notNull().unique(),
  email: citext("email"),
  expiresAt: moment("expires_at").notNull(),
  usedAt: moment("used_at"),
  requestedIp: inet("requested_ip"),
  requestedUserAgent: text("requested_user_agent"),
  ...timestamps(),
});

/** Consumed by one guarded UPDATE: `used_at is null and expires_at > now()`. `email` is the address being proved. */
export const emailVerificationTokens = pgTable(
  "email_verification_tokens",
  { ...oneTimeToken(), purpose: emailTokenPurpose("purpose").notNull().default("verify") },
  (t) => [index("email_verification_tokens_user_id").on(t.userId)],
);

export const passwordResetTokens = pgTable(
  "password_reset_tokens",
  {
    ...oneTimeToken(),
    purpose: passwordTokenPurpose("purpose").notNull().default("reset"),
    /** Who was given the link; nobody, if it was Keyward that made it. */
    issuedBy: uuid("issued_by").references(() => users.id),
  },
  (t) => [index("password_reset_tokens_user_id").on(t.userId), index("password_reset_tokens_issued_by").on(t.issuedBy)],
);
