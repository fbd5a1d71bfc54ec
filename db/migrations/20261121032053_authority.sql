-- What the server asks before it knows whom it speaks for: one prepared statement, no transaction, no context.
-- The functions belong to keyward_definer. (A function-level SET app.scope would need a superuser since PostgreSQL 15.)
-- plpgsql, because it keeps its plans; SQL functions plan anew at every call before PostgreSQL 18.

GRANT SELECT ON users, sessions, refresh_tokens, user_roles, roles, role_permissions, permissions, api_keys,
  device_keys, devices, device_facts TO keyward_definer;
GRANT UPDATE (password_hash, previous_checksum) ON users TO keyward_definer;
GRANT UPDATE (generation, token_hash, rotated_at, confirmed_at) ON refresh_tokens TO keyward_definer;
GRANT UPDATE (last_seen_at, last_activity_at, idle_expires_at) ON sessions TO keyward_definer;
GRANT INSERT, SELECT ON agent_nonces TO keyward_definer;

-- A session, its user and what the user may do: all one request needs. Roles and permissions come as comma-separated
-- text, which is cheaper to make and to read than an array, and which the server has mostly read before.
CREATE TYPE authority_row AS (
  session_id uuid, user_id uuid, username text, display_name text, email text, avatar_url text, language text, timezone text,
  status user_status, two_factor_enabled boolean, checksum text, previous_checksum text, session_checksum text,
  revoked_at timestamptz, revoke_reason session_revoke_reason, is_idle boolean, is_over boolean,
  idle_expires_at timestamptz, ends_at timestamptz, assurance_level smallint, authenticated_at timestamptz,
  elevated_until timestamptz, impersonator_id uuid, generation int, confirmed_at timestamptz,
  roles text, permissions text, db_now timestamptz
);

CREATE FUNCTION authority_session(p_session uuid, p_user uuid) RETURNS SETOF authority_row
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.id, u.id, u.username::text, nullif(u.display_name, ''), u.email::text, u.avatar_url, u.language, u.timezone,
         u.status, u.two_factor_enabled, u.checksum::text, u.previous_checksum::text, s.checksum::text,
         s.revoked_at::timestamptz, s.revoke_reason, now() >= s.idle_expires_at, now() >= s.expires_at,
         s.idle_expires_at::timestamptz, s.expires_at::timestamptz, s.assurance_level, s.authenticated_at::timestamptz,
         s.elevated_until::timestamptz, s.impersonator_id, r.generation, r.confirmed_at::timestamptz,
         held.roles, held.permissions, clock_timestamp()
    FROM sessions s
    JOIN users u ON u.id = s.user_id
    LEFT JOIN refresh_tokens r ON r.session_id = s.id
    CROSS JOIN LATERAL (
      SELECT coalesce(string_agg(o.name, ',' ORDER BY o.name), '') AS roles,
             coalesce(string_agg(o.permission_list, ',' ORDER BY o.name), '') AS permissions
        FROM user_roles h JOIN roles o ON o.id = h.role_id WHERE h.user_id = u.id
    ) held
   WHERE s.id = p_session AND s.user_id = p_user;
END $$;

-- One winner: the guarded UPDATE of one generation. No row means: ask authority_refresh_state why. The session's row is
-- locked first, as whoever revokes it does: no dead-lock, and the guards see what was committed before us.
-- p_idle null keeps the length of the session's idle limit.
CREATE FUNCTION authority_rotate(p_session uuid, p_generation int, p_next_hash text, p_idle interval DEFAULT NULL)
RETURNS SETOF authority_row
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  winner uuid;
BEGIN
  PERFORM FROM sessions WHERE id = p_session FOR NO KEY UPDATE;
  WITH rotated AS (
    UPDATE refresh_tokens r
       SET generation = r.generation + 1, token_hash = p_next_hash, rotated_at = clock_timestamp(), confirmed_at = NULL
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE r.session_id = p_session AND r.generation = p_generation AND r.revoked_at IS NULL
       AND s.id = r.session_id AND s.revoked_at IS NULL
       AND clock_timestamp() < s.idle_expires_at AND clock_timestamp() < s.expires_at
       AND u.status = 'active' AND s.checksum IN (u.checksum, u.previous_checksum)
    RETURNING r.session_id, r.user_id
  ), moved AS (
    UPDATE sessions s
       SET last_seen_at = now(), last_activity_at = now(),
           idle_expires_at = least(now() + coalesce(p_idle, s.idle_expires_at - s.last_seen_at), s.expires_at)
      FROM rotated WHERE s.id = rotated.session_id
  )
  SELECT rotated.user_id INTO winner FROM rotated;
  IF winner IS NOT NULL THEN
    RETURN QUERY SELECT * FROM authority_session(p_session, winner);
  END IF;
END $$;

-- The row and the refresh state of a session, to tell a parallel caller from a thief.
CREATE FUNCTION authority_refresh_state(p_session uuid)
RETURNS TABLE (
  session_id uuid, user_id uuid, username text, display_name text, email text, avatar_url text, language text, timezone text,
  status user_status, two_factor_enabled boolean, checksum text, previous_checksum text, session_checksum text,
  revoked_at timestamptz, revoke_reason session_revoke_reason, is_idle boolean, is_over boolean,
  idle_expires_at timestamptz, ends_at timestamptz, assurance_level smallint, authenticated_at timestamptz,
  elevated_until timestamptz, impersonator_id uuid, generation int, confirmed_at timestamptz,
  roles text, permissions text, db_now timestamptz,
  rotated_at timestamptz, rotated_ago_s double precision, is_refresh_revoked boolean, known_device_hash text, user_agent text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT a.*, r.rotated_at::timestamptz, extract(epoch FROM clock_timestamp() - r.rotated_at)::double precision,
         r.revoked_at IS NOT NULL, s.known_device_hash::text, s.user_agent
    FROM refresh_tokens r
    JOIN sessions s ON s.id = r.session_id
    CROSS JOIN LATERAL authority_session(s.id, s.user_id) a
   WHERE r.session_id = p_session;
END $$;

-- Notes which generations' access tokens have been seen, many at a time.
CREATE FUNCTION authority_confirm(p_sessions uuid[], p_generations int[]) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  confirmed int;
BEGIN
  -- A row somebody else holds is being rotated: what we know of it is out of date.
  WITH seen AS (
    SELECT r.id FROM refresh_tokens r
      JOIN unnest(p_sessions, p_generations) AS s (session_id, generation)
        ON s.session_id = r.session_id AND s.generation = r.generation
     WHERE r.confirmed_at IS NULL
       FOR NO KEY UPDATE OF r SKIP LOCKED
  )
  UPDATE refresh_tokens r SET confirmed_at = now() FROM seen WHERE r.id = seen.id;
  GET DIAGNOSTICS confirmed = ROW_COUNT;
  RETURN confirmed;
END $$;

-- For sign-in: by user name or e-mail address, whatever the case. User names win, should one look like an address.
CREATE FUNCTION authority_credentials(p_identifier text)
RETURNS TABLE (
  user_id uuid, username text, email text, status user_status, password_hash text, checksum text,
  two_factor_enabled boolean, two_factor_secret text, two_factor_backup_codes text[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT u.id, u.username::text, u.email::text, u.status, u.password_hash::text, u.checksum::text,
         u.two_factor_enabled, u.two_factor_secret, u.two_factor_backup_codes
    FROM users u
   WHERE u.username = p_identifier::citext OR u.email = p_identifier::citext
   ORDER BY (u.username = p_identifier::citext) DESC LIMIT 1;
END $$;

-- For step-up and for changing one's own password.
CREATE FUNCTION authority_credentials_of(p_user uuid)
RETURNS TABLE (
  user_id uuid, username text, email text, status user_status, password_hash text, checksum text,
  two_factor_enabled boolean, two_factor_secret text, two_factor_backup_codes text[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT u.id, u.username::text, u.email::text, u.status, u.password_hash::text, u.checksum::text,
         u.two_factor_enabled, u.two_factor_secret, u.two_factor_backup_codes
    FROM users u WHERE u.id = p_user;
END $$;

-- Stores the same password under a better hash; sessions of the old checksum stay. False when the hash has changed.
CREATE FUNCTION authority_rehash(p_user uuid, p_old_hash text, p_new_hash text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE users SET password_hash = p_new_hash, previous_checksum = checksum
   WHERE id = p_user AND password_hash = p_old_hash AND p_new_hash <> p_old_hash;
  RETURN FOUND;
END $$;

CREATE FUNCTION authority_api_key(p_prefix text)
RETURNS TABLE (
  api_key_id uuid, user_id uuid, name text, key_hash text, scopes text[], is_active boolean, expires_at timestamptz,
  last_used_at timestamptz, user_status user_status, username text, permissions text[], db_now timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT k.id, k.user_id, k.name, k.key_hash::text, k.scopes, k.is_active, k.expires_at, k.last_used_at,
         u.status, u.username::text, allowed.permissions, clock_timestamp()
    FROM api_keys k
    JOIN users u ON u.id = k.user_id
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(DISTINCT p.resource || '.' || p.action), '{}') AS permissions
        FROM user_roles h JOIN role_permissions g ON g.role_id = h.role_id JOIN permissions p ON p.id = g.permission_id
       WHERE h.user_id = u.id
    ) allowed
   WHERE k.key_prefix = p_prefix;
END $$;

CREATE FUNCTION authority_device(p_thumbprint text)
RETURNS TABLE (
  key_id uuid, thumbprint text, key_status device_key_status, jwk jsonb, algorithm text, rotate_after timestamptz,
  retires_at timestamptz, device_id uuid, device_name text, device_status device_status, user_id uuid,
  owner_status user_status, gateway_id uuid, expires_at timestamptz, last_seen_at timestamptz, desired_hash text,
  applied_hash text, app_version text, instance_id text, fact_hashes jsonb,
  has_retiring_key boolean, db_now timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT k.id, k.thumbprint, k.status, k.jwk, k.algorithm, k.rotate_after, k.retires_at,
         d.id, d.name, d.status, d.user_id, u.status, d.gateway_id, d.expires_at, d.last_seen_at, d.desired_hash,
         d.applied_hash, d.app_version, d.recent_instance_ids[cardinality(d.recent_instance_ids)],
         (SELECT jsonb_object_agg(f.section, f.hash) FROM device_facts f WHERE f.device_id = d.id),
         EXISTS (SELECT FROM device_keys o WHERE o.device_id = d.id AND o.status = 'retiring'), clock_timestamp()
    FROM device_keys k JOIN devices d ON d.id = k.device_id LEFT JOIN users u ON u.id = d.user_id
   WHERE k.thumbprint = p_thumbprint;
END $$;

-- True when the nonce is new; it then counts as seen.
CREATE FUNCTION authority_nonce(p_device uuid, p_nonce text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO agent_nonces (device_id, nonce) VALUES (p_device, p_nonce) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

DO $$
DECLARE
  found regprocedure;
BEGIN
  FOR found IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'authority\_%' LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', found);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO keyward_app', found);
    EXECUTE format('ALTER FUNCTION %s OWNER TO keyward_definer', found);
  END LOOP;
END $$;
