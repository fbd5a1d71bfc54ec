SET LOCAL ROLE keyward_definer;
DROP FUNCTION authority_devices(text[]);
SET LOCAL ROLE keyward_owner;

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

REVOKE EXECUTE ON FUNCTION authority_devices(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authority_devices(text[]) TO keyward_app;
ALTER FUNCTION authority_devices(text[]) OWNER TO keyward_definer;
