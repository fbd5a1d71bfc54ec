-- What the server asks at every request, for all the requests of one moment in one statement. `slot` is the position of
-- the question, from 1; no row is the answer to a question about nothing. One plan for all: for a short list PostgreSQL
-- would otherwise plan anew at every call, which costs several times what the question does.

CREATE FUNCTION authority_sessions(p_sessions uuid[], p_users uuid[])
RETURNS TABLE (
  slot int, session_id uuid, user_id uuid, username text, display_name text, email text,
  status user_status, checksum text, previous_checksum text, session_checksum text,
  revoked_at timestamptz, is_idle boolean, is_over boolean, ends_at timestamptz,
  assurance_level smallint, authenticated_at timestamptz, generation int, confirmed_at timestamptz,
  roles text, permissions text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT asked.slot::int, s.id, u.id, u.username::text, nullif(u.display_name, ''), u.email::text,
         u.status, u.checksum::text, u.previous_checksum::text, s.checksum::text,
         s.revoked_at::timestamptz, now() >= s.idle_expires_at, now() >= s.expires_at, s.expires_at::timestamptz,
         s.assurance_level, s.authenticated_at::timestamptz, r.generation, r.confirmed_at::timestamptz,
         held.roles, held.permissions
    FROM unnest(p_sessions, p_users) WITH ORDINALITY AS asked (session_id, user_id, slot)
    JOIN sessions s ON s.id = asked.session_id AND s.user_id = asked.user_id
    JOIN users u ON u.id = s.user_id
    LEFT JOIN refresh_tokens r ON r.session_id = s.id
    CROSS JOIN LATERAL (
      SELECT coalesce(string_agg(o.name, ',' ORDER BY o.name), '') AS roles,
             coalesce(string_agg(o.permission_list, ',' ORDER BY o.name), '') AS permissions
        FROM user_roles h JOIN roles o ON o.id = h.role_id WHERE h.user_id = u.id
    ) held;
END $$;

CREATE FUNCTION authority_devices(p_thumbprints text[])
RETURNS TABLE (
  slot int, key_status device_key_status, jwk jsonb, is_key_over boolean, has_retiring_key boolean,
  is_rotation_due boolean, is_seen_lately boolean, device_id uuid, name text, status device_status, desired_hash text,
  applied_hash text, app_version text, instance_id text, fact_hashes jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT asked.slot::int, k.status, k.jwk,
         coalesce(k.status = 'retiring' AND k.retires_at <= now(), false),
         EXISTS (SELECT FROM device_keys o WHERE o.device_id = d.id AND o.status = 'retiring'),
         coalesce(k.rotate_after < now(), false), coalesce(d.last_seen_at > now() - interval '1 minute', false),
         d.id, d.name, d.status, d.desired_hash, d.applied_hash, d.app_version,
         d.recent_instance_ids[cardinality(d.recent_instance_ids)],
         (SELECT jsonb_object_agg(f.section, f.hash) FROM device_facts f WHERE f.device_id = d.id)
    FROM unnest(p_thumbprints) WITH ORDINALITY AS asked (thumbprint, slot)
    JOIN device_keys k ON k.thumbprint = asked.thumbprint
    JOIN devices d ON d.id = k.device_id;
END $$;

-- The nonces that were new; they now count as seen.
CREATE FUNCTION authority_nonces(p_devices uuid[], p_nonces text[]) RETURNS TABLE (device_id uuid, nonce text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  INSERT INTO agent_nonces (device_id, nonce)
  SELECT * FROM unnest(p_devices, p_nonces) ON CONFLICT DO NOTHING
  RETURNING agent_nonces.device_id, agent_nonces.nonce::text;
END $$;

SET LOCAL ROLE keyward_definer;
DROP FUNCTION authority_device(text);
DROP FUNCTION authority_nonce(uuid, text);
SET LOCAL ROLE keyward_owner;

DO $$
DECLARE
  added regprocedure;
BEGIN
  FOR added IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND proname IN ('authority_sessions', 'authority_devices', 'authority_nonces') LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', added);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO keyward_app', added);
    EXECUTE format('ALTER FUNCTION %s OWNER TO keyward_definer', added);
  END LOOP;
END $$;
