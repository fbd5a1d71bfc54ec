import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, createdAt, id, moment, timestamps, trigram } from "../columns";
import {
  authorityKinds,
  authorityPurposes,
  authorityStatuses,
  certificateKinds,
  certificateStatuses,
  issuanceChannels,
  revocationReasons,
} from "../enums";
import { devices } from "./devices";
import { users } from "./identity";

export const authorityKind = pgEnum("authority_kind", authorityKinds);
export const authorityPurpose = pgEnum("authority_purpose", authorityPurposes);
export const authorityStatus = pgEnum("authority_status", authorityStatuses);
export const certificateKind = pgEnum("certificate_kind", certificateKinds);
export const certificateStatus = pgEnum("certificate_status", certificateStatuses);
export const revocationReason = pgEnum("revocation_reason", revocationReasons);
export const issuanceChannel = pgEnum("issuance_channel", issuanceChannels);

/** A private key at rest: AES-256-GCM under a data key that is itself wrapped by the master key `kek_id`. */
const sealedKey = () => ({
  privateKeyCiphertext: bytea("private_key_ciphertext"),
  wrappedDataKey: bytea("wrapped_data_key"),
  kekId: text("kek_id"),
});

/** The key is gone (null) once a root was taken offline. */
export const certificateAuthorities = pgTable(
  "certificate_authorities",
  {
    id: id(),
    name: text("name").notNull().unique(),
    /** Part of the CRL and CA addresses. */
    slug: text("slug").notNull().unique(),
    kind: authorityKind("kind").notNull(),
    purpose: authorityPurpose("purpose").notNull(),
    parentId: uuid("parent_id").references((): AnyPgColumn => certificateAuthorities.id),
    subject: text("subject").notNull().default(""),
    serialNumber: text("serial_number").unique(),
    keyAlgorithm: text("key_algorithm"),
    certificateData: text("certificate_data"),
    /** This authority's key signed by the former root, while relying parties change over. */
    crossCertificateData: text("cross_certificate_data"),
    spkiSha256: bytea("spki_sha256"),
    ...sealedKey(),
    status: authorityStatus("status").notNull().default("pending"),
    crlNumber: bigint("crl_number", { mode: "number" }).notNull().default(0),
    notBefore: moment("not_before"),
    notAfter: moment("not_after"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("certificate_authorities_one_active").on(t.purpose).where(sql`status = 'active'`),
    check("certificate_authorities_validity", sql`${t.notAfter} > ${t.notBefore}`),
    check("certificate_authorities_parent", sql`(${t.kind} = 'root') = (${t.parentId} is null)`),
    check("certificate_authorities_purpose", sql`(${t.kind} = 'root') = (${t.purpose} = 'trust')`),
    index("certificate_authorities_parent_id").on(t.parentId),
  ],
);

export const certificateProfiles = pgTable("certificate_profiles", {
  id: id(),
  name: text("name").notNull().unique(),
  description: text("description").notNull().default(""),
  kind: certificateKind("kind").notNull(),
  /** Extensions, key types and name rules. */
  rules: jsonb("rules").$type<Record<string, unknown>>().notNull().default({}),
  defaultLifetimeS: integer("default_lifetime_s").notNull(),
  maxLifetimeS: integer("max_lifetime_s").notNull(),
  isActive: boolean("is_active").notNull().default(true),
  ...timestamps(),
});

/** Public facts only: the server never sees an end entity's private key. Never deleted; immutable but for its status. */
export const certificates = pgTable(
  "certificates",
  {
    id: id(),
    userId: uuid("user_id").references(() => users.id, { onDelete: "restrict" }),
    deviceId: uuid("device_id").references(() => devices.id, { onDelete: "restrict" }),
    authorityId: uuid("authority_id")
      .notNull()
      .references(() => certificateAuthorities.id),
    profileId: uuid("profile_id").references(() => certificateProfiles.id),
    kind: certificateKind("kind").notNull(),
    /** 16 octets, lower-case hex without colons. */
    serialNumber: text("serial_number").notNull().unique(),
    subject: text("subject").notNull().default(""),
    sans: text("sans").array().notNull().default(sql`'{}'::text[]`),
    /** PEM. */
    certificateData: text("certificate_data"),
    fingerprintSha256: bytea("fingerprint_sha256").unique(),
    spkiSha256: bytea("spki_sha256"),
    notBefore: moment("not_before").notNull(),
    notAfter: moment("not_after").notNull(),
    status: certificateStatus("status").notNull().default("active"),
    revocationReason: revocationReason("revocation_reason"),
    revocationNote: text("revocation_note"),
    revokedAt: moment("revoked_at"),
    revokedBy: uuid("revoked_by").references(() => users.id),
    invalidityDate: moment("invalidity_date"),
    /** The DER of this certificate's line in the CRL. */
    crlEntry: bytea("crl_entry"),
    renewedFrom: uuid("renewed_from").references((): AnyPgColumn => certificates.id),
    supersededById: uuid("superseded_by_id").references((): AnyPgColumn => certificates.id),
    channel: issuanceChannel("channel").notNull().default("ui"),
    createdBy: uuid("created_by").references(() => users.id),
    updatedBy: uuid("updated_by").references(() => users.id),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("certificates_authority_id_serial_number").on(t.authorityId, t.serialNumber),
    check("certificates_serial_number", sql`${t.serialNumber} ~ '^[0-9a-f]{2,40}$'`),
    check("certificates_validity", sql`${t.notAfter} > ${t.notBefore}`),
    check("certificates_owner", sql`${t.kind} in ('ca', 'ocsp') or num_nonnulls(${t.userId}, ${t.deviceId}) > 0`),
    check(
      "certificates_revocation",
      sql`(${t.status} = 'revoked') = (${t.revokedAt} is not null and ${t.revocationReason} is not null)`,
    ),
    index("certificates_status_not_after").on(t.status, t.notAfter),
    index("certificates_user_id_status").on(t.userId, t.status),
    index("certificates_device_id_status").on(t.deviceId, t.status),
    index("certificates_profile_id").on(t.profileId),
    index("certificates_spki_sha256").on(t.spkiSha256),
    index("certificates_revoked_by").on(t.revokedBy),
    index("certificates_renewed_from").on(t.renewedFrom),
    index("certificates_superseded_by_id").on(t.supersededById),
    index("certificates_created_by").on(t.createdBy),
    index("certificates_updated_by").on(t.updatedBy),
    index("certificates_created_at_id").on(t.createdAt, t.id),
    index("certificates_sans").using("gin", t.sans),
    trigram("certificates_subject_trgm", t.subject),
  ],
);

/** Signed lists, kept for 30 days. */
export const certificateRevocationLists = pgTable(
  "certificate_revocation_lists",
  {
    id: id(),
    authorityId: uuid("authority_id")
      .notNull()
      .references(() => certificateAuthorities.id),
    crlNumber: bigint("crl_number", { mode: "number" }).notNull(),
    /** DER. */
    crlData: bytea("crl_data").notNull(),
    sha256: bytea("sha256").notNull(),
    entryCount: integer("entry_count").notNull().default(0),
    thisUpdate: moment("this_update").notNull(),
    nextUpdate: moment("next_update").notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("certificate_revocation_lists_authority_id_number").on(t.authorityId, t.crlNumber)],
);

/** The delegated OCSP signer of each authority and its sealed key. */
export const ocspResponders = pgTable(
  "ocsp_responders",
  {
    id: id(),
    authorityId: uuid("authority_id")
      .notNull()
      .references(() => certificateAuthorities.id),
    certificateId: uuid("certificate_id")
      .notNull()
      .references(() => certificates.id),
    ...sealedKey(),
    isActive: boolean("is_active").notNull().default(true),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("ocsp_responders_one_active").on(t.authorityId).where(sql`is_active`),
    index("ocsp_responders_authority_id").on(t.authorityId),
    index("ocsp_responders_certificate_id").on(t.certificateId),
  ],
);

/** Keys that must never be certified again. */
export const blockedKeys = pgTable(
  "blocked_keys",
  {
    spkiSha256: bytea("spki_sha256").primaryKey(),
    reason: revocationReason("reason").notNull().default("keyCompromise"),
    certificateId: uuid("certificate_id").references(() => certificates.id),
    createdAt: createdAt(),
  },
  (t) => [index("blocked_keys_certificate_id").on(t.certificateId)],
);

/** Which expiry warnings went out: each threshold once per certificate. */
export const certificateNotifications = pgTable(
  "certificate_notifications",
  {
    certificateId: uuid("certificate_id")
      .notNull()
      .references(() => certificates.id),
    /** `30d` … `1d`, or a fraction of a short life such as `1/3`. */
    threshold: text("threshold").notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.certificateId, t.threshold] })],
);
