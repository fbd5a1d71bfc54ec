SET LOCAL ROLE keyward_definer;
DROP FUNCTION authority_sessions(uuid[], uuid[]);
DROP FUNCTION authority_devices(text[]);
DROP FUNCTION authority_nonces(uuid[], text[]);
SET LOCAL ROLE keyward_owner;

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

CREATE FUNCTION authority_nonce(p_device uuid, p_nonce text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO agent_nonces (device_id, nonce) VALUES (p_device, p_nonce) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

DO $$
DECLARE
  restored regprocedure;
BEGIN
  FOR restored IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND proname IN ('authority_device', 'authority_nonce') LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', restored);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO keyward_app', restored);
    EXECUTE format('ALTER FUNCTION %s OWNER TO keyward_definer', restored);
  END LOOP;
END $$;
