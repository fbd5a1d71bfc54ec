-- Other designs' names for our tables. All with the reader's own rights.

CREATE VIEW user_groups WITH (security_invoker = true) AS
SELECT m.user_id, m.group_id, g.name AS group_name, m.created_at, m.created_by
  FROM group_memberships m JOIN groups g ON g.id = m.group_id
 WHERE g.deleted_at IS NULL;

CREATE VIEW user_sessions WITH (security_invoker = true) AS
SELECT id, user_id,
       CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
            WHEN now() >= least(idle_expires_at, expires_at) THEN 'expired'
            ELSE 'active' END AS status,
       revoked_at IS NULL AND now() < least(idle_expires_at, expires_at) AS is_active,
       ip_address, user_agent, device_type, device_os, device_browser, device_name, country, region, city, timezone,
       latitude, longitude, is_suspicious, security_flags, activity_count, assurance_level, authenticated_at,
       impersonator_id, created_at, last_seen_at, last_activity_at, idle_expires_at, expires_at, revoked_at, revoke_reason
  FROM sessions;

-- Expired by the clock, whether or not the sweep has been there.
CREATE VIEW effective_certificates WITH (security_invoker = true) AS
SELECT id, user_id, device_id, authority_id, profile_id, kind, serial_number, subject, sans, certificate_data,
       fingerprint_sha256, not_before, not_after,
       CASE WHEN status = 'active' AND now() >= not_after THEN 'expired' ELSE status END AS status,
       revocation_reason, revoked_at, renewed_from, superseded_by_id, channel, created_at
  FROM certificates;

CREATE VIEW settings WITH (security_invoker = true) AS
SELECT id, category, key, value, created_at, updated_at FROM system_settings;

CREATE VIEW system_properties WITH (security_invoker = true) AS
SELECT (category || '.' || key)::varchar(50) AS key, value #>> '{}' AS value FROM system_settings;

CREATE FUNCTION write_system_property() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  full_key text := CASE TG_OP WHEN 'INSERT' THEN NEW.key ELSE OLD.key END;
  at int := strpos(full_key, '.');
  found_type setting_data_type;
BEGIN
  IF at < 2 OR at = length(full_key) THEN
    RAISE EXCEPTION 'A property is called category.key, not %.', coalesce(full_key, 'null')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF TG_OP = 'DELETE' THEN
    DELETE FROM system_settings WHERE category = left(full_key, at - 1) AND key = substr(full_key, at + 1);
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.key <> OLD.key THEN
    RAISE EXCEPTION 'A property cannot be renamed.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT data_type INTO found_type FROM system_settings
   WHERE category = left(full_key, at - 1) AND key = substr(full_key, at + 1);
  INSERT INTO system_settings (category, key, value)
  VALUES (left(full_key, at - 1), substr(full_key, at + 1),
          CASE WHEN coalesce(found_type, 'string') = 'string' THEN to_jsonb(NEW.value) ELSE NEW.value::jsonb END)
  ON CONFLICT (category, key) DO UPDATE SET value = excluded.value;
  RETURN NEW;
END $$;
CREATE TRIGGER system_properties_write INSTEAD OF INSERT OR UPDATE OR DELETE ON system_properties
  FOR EACH ROW EXECUTE FUNCTION write_system_property();
