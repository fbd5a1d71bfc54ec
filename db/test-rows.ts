import { randomBytes, randomUUID } from "node:crypto";
import type { Sql } from "postgres";

export interface Planted {
  userId: string;
  sessionId: string;
  deviceId: string;
  gatewayId: string;
  certificateId: string;
  thumbprint: string;
}

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
let networks = 0;

/** An active user with a password hash. */
export async function plantUser(sql: Sql, name = `user-${hex(4)}`): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into users (username, email, password_hash, status)
    values (${name}, ${`${name}@example.com`}, ${`$argon2id$${hex(8)}`}, 'active') returning id`;
  if (!row) throw new Error("no user");
  return row.id;
}

/** A live session of the user with its first refresh generation. */
export async function plantSession(sql: Sql, userId: string): Promise<string> {
  const id = randomUUID();
  await sql`
    insert into sessions (id, user_id, token_hash, idle_expires_at, expires_at)
    values (${id}, ${userId}, ${hex(32)}, now() + interval '1 hour', now() + interval '1 day')`;
  await sql`
    insert into refresh_tokens (session_id, user_id, token_hash, expires_at)
    values (${id}, ${userId}, ${hex(32)}, now() + interval '1 day')`;
  return id;
}

/** One person with at least one row in every table that holds personal data. Run it as the login. */
export async function plantPerson(sql: Sql): Promise<Planted> {
  const userId = await plantUser(sql);
  const sessionId = await plantSession(sql, userId);
  await plantAccount(sql, { userId, sessionId });
  const device = await plantDevice(sql, userId);
  const certificateId = await plantCertificate(sql, userId);
  await sql`
    insert into audit_logs (actor_user_id, user_id, actor_kind, event_type, action, source)
    values (${userId}, ${userId}, 'user', 'session.started', 'started', 'web')`;
  return { userId, sessionId, certificateId, ...device };
}

async function plantAccount(sql: Sql, { userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
  const soon = sql`now() + interval '1 hour'`;
  await sql`insert into user_roles (user_id, role_id) select ${userId}, id from roles where name = 'user'`;
  await sql`insert into email_verification_tokens (user_id, token_hash, expires_at) values (${userId}, ${hex(32)}, ${soon})`;
  await sql`insert into password_reset_tokens (user_id, token_hash, expires_at) values (${userId}, ${hex(32)}, ${soon})`;
  await sql`insert into api_keys (user_id, name, key_prefix, key_hash) values (${userId}, 'k', ${hex(4)}, ${hex(32)})`;
  await sql`insert into session_activity (session_id, user_id, activity_type) values (${sessionId}, ${userId}, 'login')`;
  await sql`insert into session_security_events (session_id, user_id, event_type) values (${sessionId}, ${userId}, 'new_device')`;
  await sql`insert into user_preferences (user_id) values (${userId})`;
  await sql`insert into user_settings (user_id, category, key, value) values (${userId}, 'table', 'users', '{}')`;
  await sql`
    insert into user_navigation_preferences (user_id, navigation_item_id)
    select ${userId}, id from navigation_items where key = 'overview'`;
  await sql`
    insert into avatar_files (user_id, original_filename, mime_type, file_size, storage_path)
    values (${userId}, 'a.png', 'image/png', 1, 'a')`;
  await sql`insert into notifications (user_id, type, title) values (${userId}, 'device.pending', 'A device waits')`;
  await sql`
    insert into notification_preferences (user_id, notification_type, channel) values (${userId}, 'device.pending', 'email')`;
  await sql`insert into entity_types (name) values ('server') on conflict do nothing`;
  await sql`insert into entities (type_id, name, owner_user_id) select id, 'git', ${userId} from entity_types limit 1`;
  await sql`insert into setup_tokens (token_hash, expires_at) values (${hex(32)}, ${soon})`;
  await sql`insert into outbox (topic, user_id) values ('mail', ${userId})`;
}

type PlantedDevice = Pick<Planted, "deviceId" | "gatewayId" | "thumbprint">;

async function plantDevice(sql: Sql, userId: string): Promise<PlantedDevice> {
  const [deviceId, gatewayId, tagId, tokenId, peerId] = [
    randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
  ];
  const thumbprint = randomBytes(32).toString("base64url");
  const network = `10.${++networks}.0`;
  await sql`insert into gateways (id, name, vpn_cidr) values (${gatewayId}, ${`gw-${hex(4)}`}, ${`${network}.0/24`})`;
  await sql`insert into tags (id, name) values (${tagId}, ${`tag-${hex(4)}`})`;
  await sql`
    insert into enrolment_tokens (id, name, token_hmac, pepper_id, expires_at, usage_limit, owner_user_id)
    values (${tokenId}, 't', ${randomBytes(32)}, 'p1', now() + interval '1 day', 3, ${userId})`;
  await sql`insert into enrolment_token_tags (enrolment_token_id, tag_id) values (${tokenId}, ${tagId})`;
  await sql`
    insert into devices (id, user_id, name, status, enrolment_token_id)
    values (${deviceId}, ${userId}, 'laptop', 'active', ${tokenId})`;
  await sql`
    insert into enrolment_token_uses (enrolment_token_id, device_id, outcome) values (${tokenId}, ${deviceId}, 'enrolled')`;
  await sql`
    insert into device_keys (device_id, thumbprint, jwk, algorithm)
    values (${deviceId}, ${thumbprint}, '{"kty":"OKP","crv":"Ed25519","x":"AA"}', 'Ed25519')`;
  await sql`insert into device_tags (device_id, tag_id) values (${deviceId}, ${tagId})`;
  await sql`
    insert into wireguard_peers (id, device_id, gateway_id, public_key)
    values (${peerId}, ${deviceId}, ${gatewayId}, ${randomBytes(32).toString("base64")})`;
  await sql`
    insert into ip_allocations (gateway_id, device_id, address) values (${gatewayId}, ${deviceId}, ${`${network}.2`})`;
  await sql`insert into peer_traffic (peer_id, resolution, bucket_at) values (${peerId}, 'hour', now())`;
  await plantReports(sql, deviceId);
  return { deviceId, gatewayId, thumbprint };
}

async function plantReports(sql: Sql, deviceId: string): Promise<void> {
  const key = "file:/etc/motd";
  await sql`insert into device_facts (device_id, section, facts, hash) values (${deviceId}, 'os', '{}', 'h')`;
  await sql`
    insert into device_item_overrides (device_id, item_key, kind, reason) values (${deviceId}, ${key}, 'pause', 'repair')`;
  await sql`
    insert into device_item_states (device_id, item_key, item_hash, status) values (${deviceId}, ${key}, 'h', 'compliant')`;
  await sql`
    insert into device_item_events (device_id, item_key, item_hash, status) values (${deviceId}, ${key}, 'h', 'compliant')`;
  await sql`insert into device_item_outputs (device_id, item_key) values (${deviceId}, ${key})`;
  await sql`insert into device_runs (device_id, report_id, started_at) values (${deviceId}, ${randomUUID()}, now())`;
  await sql`insert into device_reports (device_id, report_id) values (${deviceId}, ${randomUUID()})`;
  await sql`insert into desired_documents (hash, body) values (${hex(16)}, '{}')`;
  await sql`insert into agent_nonces (device_id, nonce) values (${deviceId}, ${hex(8)})`;
}

/** A certificate of the user, issued by an authority of its own. */
export async function plantCertificate(sql: Sql, userId: string): Promise<string> {
  const [authorityId, certificateId] = [randomUUID(), randomUUID()];
  await sql`
    insert into certificate_authorities (id, name, slug, kind, purpose)
    values (${authorityId}, ${hex(6)}, ${hex(6)}, 'root', 'trust')`;
  await sql`
    insert into certificates (id, user_id, authority_id, kind, serial_number, subject, not_before, not_after)
    values (${certificateId}, ${userId}, ${authorityId}, 'user', ${hex(16)}, 'CN=x', now(), now() + interval '90 days')`;
  await sql`insert into certificate_notifications (certificate_id, threshold) values (${certificateId}, '30d')`;
  return certificateId;
}
