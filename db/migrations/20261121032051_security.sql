-- Rights of keyward_app (keyward_admin inherits them), and row-level security.

DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
      AND pg_get_userbyid(c.relowner) = 'keyward_owner'
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO keyward_app', name);
  END LOOP;
END $$;
ALTER DEFAULT PRIVILEGES FOR ROLE keyward_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO keyward_app;

REVOKE UPDATE, DELETE ON audit_logs, audit_seals, audit_checkpoints FROM keyward_app;
REVOKE INSERT, UPDATE, DELETE ON permissions FROM keyward_app;
REVOKE DELETE ON users, certificates, certificate_authorities FROM keyward_app;
REVOKE INSERT, UPDATE, DELETE ON user_groups, user_sessions, effective_certificates, settings FROM keyward_app;

-- Secrets that only the authority_* functions read. Writing them is allowed, with one exception: previous_checksum.
DO $$
DECLARE
  secret record;
  columns text;
BEGIN
  FOR secret IN
    SELECT * FROM (VALUES
      ('users', ARRAY['password_hash', 'checksum', 'previous_checksum', 'two_factor_secret', 'two_factor_backup_codes'],
       ARRAY['id', 'checksum', 'previous_checksum', 'is_active']),
      ('sessions', ARRAY['token_hash', 'checksum'], ARRAY['id', 'user_id']),
      ('refresh_tokens', ARRAY['token_hash'], ARRAY['id', 'user_id', 'session_id']),
      ('api_keys', ARRAY['key_hash'], ARRAY['id', 'user_id', 'key_hash', 'key_prefix'])
    ) AS secrets (relation, unreadable, fixed)
  LOOP
    EXECUTE format('REVOKE SELECT, UPDATE ON %I FROM keyward_app', secret.relation);
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
     WHERE attrelid = secret.relation::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (secret.unreadable);
    EXECUTE format('GRANT SELECT (%s) ON %I TO keyward_app', columns, secret.relation);
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
     WHERE attrelid = secret.relation::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (secret.fixed);
    EXECUTE format('GRANT UPDATE (%s) ON %I TO keyward_app', columns, secret.relation);
  END LOOP;
END $$;

-- Every table that holds one person's data. `own` is the row's test in the scope self; `writes` says whether that scope
-- may also change what it sees. Without a context every test is null or false: no rows, and no writes.
DO $$
DECLARE
  me CONSTANT text := '(SELECT current_user_id())';
  through_device CONSTANT text := 'EXISTS (SELECT FROM devices d WHERE d.id = device_id AND d.user_id = %s)';
  protected record;
  own text;
BEGIN
  FOR protected IN
    SELECT * FROM (VALUES
      ('users', 'id = %s', true),
      ('email_verification_tokens', 'user_id = %s', true),
      ('password_reset_tokens', 'user_id = %s', true),
      ('user_roles', 'user_id = %s', false),
      ('group_memberships', 'user_id = %s', false),
      ('api_keys', 'user_id = %s', true),
      ('sessions', 'user_id = %s', true),
      ('refresh_tokens', 'user_id = %s', true),
      ('session_activity', 'user_id = %s', true),
      ('session_security_events', 'user_id = %s', true),
      ('user_preferences', 'user_id = %s', true),
      ('user_settings', 'user_id = %s', true),
      ('user_navigation_preferences', 'user_id = %s', true),
      ('avatar_files', 'user_id = %s', true),
      ('notifications', 'user_id = %s', true),
      ('notification_preferences', 'user_id = %s', true),
      ('entities', 'owner_user_id = %s', false),
      ('devices', 'user_id = %s', true),
      ('device_keys', through_device, true),
      ('device_facts', through_device, false),
      ('device_tags', through_device, false),
      ('device_item_overrides', through_device, false),
      ('device_item_states', through_device, false),
      ('device_item_events', through_device, false),
      ('device_item_outputs', through_device, false),
      ('device_runs', through_device, false),
      ('device_reports', through_device, false),
      ('wireguard_peers', through_device, true),
      ('ip_allocations', through_device, false),
      ('peer_traffic',
       'EXISTS (SELECT FROM wireguard_peers p JOIN devices d ON d.id = p.device_id WHERE p.id = peer_id AND d.user_id = %s)', false),
      ('enrolment_tokens', 'owner_user_id = %s', true),
      ('enrolment_token_tags',
       'EXISTS (SELECT FROM enrolment_tokens t WHERE t.id = enrolment_token_id AND t.owner_user_id = %s)', true),
      ('enrolment_token_uses',
       'EXISTS (SELECT FROM enrolment_tokens t WHERE t.id = enrolment_token_id AND t.owner_user_id = %s)', false),
      ('certificates', 'user_id = %s', true),
      ('certificate_notifications',
       'EXISTS (SELECT FROM certificates c WHERE c.id = certificate_id AND c.user_id = %s)', false),
      ('audit_logs', '%s IN (actor_user_id, user_id)', false),
      ('desired_documents', NULL, false),
      ('agent_nonces', NULL, false),
      ('setup_tokens', NULL, false),
      ('outbox', NULL, false)
    ) AS list (relation, test, writes)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected.relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', protected.relation);
    EXECUTE format('CREATE POLICY everything ON %I TO keyward_admin, keyward_definer USING (true) WITH CHECK (true)',
      protected.relation);
    EXECUTE format('CREATE POLICY scope ON %I USING ((SELECT current_scope()) IN (''admin'', ''system''))',
      protected.relation);
    own := format(protected.test, me);
    IF own IS NOT NULL THEN
      EXECUTE format('CREATE POLICY own ON %I FOR %s USING (%s)', protected.relation,
        CASE WHEN protected.writes THEN 'ALL' ELSE 'SELECT' END, own);
    END IF;
  END LOOP;
END $$;

-- Whoever acts leaves a trace and may ask for a mail.
CREATE POLICY append ON audit_logs FOR INSERT WITH CHECK ((SELECT current_scope()) IS NOT NULL);
CREATE POLICY append ON outbox FOR INSERT WITH CHECK ((SELECT current_scope()) IS NOT NULL);
