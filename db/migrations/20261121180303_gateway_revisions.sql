-- Whatever changes what gateways must enforce gives those concerned a new revision, once, when its transaction commits,
-- and announces them ('gateway:' and an id). A row's trigger notes which gateways it concerns; at commit the first of the
-- deferred triggers deals with all that was noted, in the order of their ids, so that no two transactions wait for each
-- other; the others find nothing left to do.

GRANT SELECT ON gateways TO keyward_definer;
GRANT UPDATE (desired_revision, updated_at) ON gateways TO keyward_definer;

-- The argument says whom the row concerns: every gateway, the one it names in a column, or those where a device, or the
-- devices of a user, have a live tunnel.
CREATE FUNCTION note_gateway_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  noted text := coalesce(current_setting('app.gateways_changed', true), '');
  concerned uuid[];
  named uuid[];
BEGIN
  IF noted = 'all' THEN
    RETURN NULL;
  END IF;
  IF TG_ARGV[0] = 'all' THEN
    PERFORM set_config('app.gateways_changed', 'all', true);
    RETURN NULL;
  END IF;
  named := array_remove(ARRAY[to_jsonb(OLD) ->> TG_ARGV[1], to_jsonb(NEW) ->> TG_ARGV[1]]::uuid[], NULL);
  concerned := CASE TG_ARGV[0]
    WHEN 'gateway' THEN named
    WHEN 'device' THEN ARRAY(
      SELECT p.gateway_id FROM wireguard_peers p
       WHERE p.device_id = ANY (named) AND p.state = 'active' AND p.deleted_at IS NULL)
    WHEN 'user' THEN ARRAY(
      SELECT p.gateway_id FROM wireguard_peers p JOIN devices d ON d.id = p.device_id
       WHERE d.user_id = ANY (named) AND p.state = 'active' AND p.deleted_at IS NULL) END;
  IF concerned <> '{}' THEN
    PERFORM set_config('app.gateways_changed', (
      SELECT string_agg(id::text, ',') FROM (
        SELECT unnest(concerned) AS id UNION SELECT unnest(string_to_array(nullif(noted, ''), ',')::uuid[])) ids), true);
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION note_gateway_change() OWNER TO keyward_definer;

CREATE FUNCTION bump_gateways() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  noted text := coalesce(current_setting('app.gateways_changed', true), '');
  bumped uuid;
BEGIN
  IF noted = '' THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('app.gateways_changed', '', true);
  FOR bumped IN
    UPDATE gateways g SET desired_revision = g.desired_revision + 1
      FROM (SELECT id FROM gateways
             WHERE CASE noted WHEN 'all' THEN deleted_at IS NULL ELSE id = ANY (string_to_array(noted, ',')::uuid[]) END
             ORDER BY id FOR NO KEY UPDATE) concerned
     WHERE g.id = concerned.id
    RETURNING g.id
  LOOP
    PERFORM pg_notify('keyward_changes', 'gateway:' || bumped);
  END LOOP;
  RETURN NULL;
END $$;
ALTER FUNCTION bump_gateways() OWNER TO keyward_definer;

DO $$
DECLARE
  watched record;
  condition text;
BEGIN
  FOR watched IN
    SELECT * FROM (VALUES
      -- table, events, columns of an update that matter (null is any), whom it concerns, by which column
      ('policies', ARRAY['insert', 'update', 'delete'],
       ARRAY['priority', 'effect', 'is_active', 'full_tunnel', 'starts_at', 'ends_at', 'deleted_at'], 'all', ''),
      ('policy_targets', ARRAY['insert', 'update', 'delete'], NULL, 'all', ''),
      ('policy_destinations', ARRAY['insert', 'update', 'delete'],
       ARRAY['policy_id', 'destination', 'protocol', 'port_from', 'port_to'], 'all', ''),
      ('groups', ARRAY['update', 'delete'], ARRAY['deleted_at'], 'all', ''),
      -- What `internet` leaves out is every pool, at every gateway.
      ('ip_pools', ARRAY['insert', 'update', 'delete'], ARRAY['cidr'], 'all', ''),
      ('gateways', ARRAY['update'],
       ARRAY['listen_port', 'vpn_cidr', 'vpn_cidr_v6', 'dns_servers', 'is_active', 'masquerade', 'mtu',
             'is_mass_removal_allowed', 'deleted_at'], 'gateway', 'id'),
      ('gateway_networks', ARRAY['insert', 'update', 'delete'], ARRAY['gateway_id', 'network'], 'gateway', 'gateway_id'),
      ('wireguard_peers', ARRAY['insert', 'update', 'delete'],
       ARRAY['device_id', 'gateway_id', 'state', 'public_key', 'preshared_key_ciphertext', 'not_after', 'assigned_ip',
             'allowed_ips', 'deleted_at'], 'gateway', 'gateway_id'),
      ('ip_allocations', ARRAY['insert', 'update', 'delete'],
       ARRAY['device_id', 'address', 'released_at'], 'gateway', 'gateway_id'),
      ('devices', ARRAY['update', 'delete'],
       ARRAY['status', 'user_id', 'expires_at', 'gateway_id', 'deleted_at'], 'device', 'id'),
      ('device_tags', ARRAY['insert', 'update', 'delete'], ARRAY['device_id', 'tag_id'], 'device', 'device_id'),
      ('users', ARRAY['update'], ARRAY['status'], 'user', 'id'),
      ('group_memberships', ARRAY['insert', 'update', 'delete'], ARRAY['group_id', 'user_id'], 'user', 'user_id')
    ) AS list (relation, events, columns, kind, by_column)
  LOOP
    FOR i IN 1 .. array_length(watched.events, 1) LOOP
      condition := CASE WHEN watched.events[i] = 'update' AND watched.columns IS NOT NULL THEN (
        SELECT format('WHEN ((%s) IS DISTINCT FROM (%s))',
          string_agg(format('OLD.%I', name), ', '), string_agg(format('NEW.%I', name), ', '))
          FROM unnest(watched.columns) name) END;
      EXECUTE format('CREATE TRIGGER gateways_note_%s AFTER %s ON %I FOR EACH ROW %s EXECUTE FUNCTION note_gateway_change(%L, %L)',
        watched.events[i], watched.events[i], watched.relation, condition, watched.kind, watched.by_column);
      EXECUTE format('CREATE CONSTRAINT TRIGGER gateways_bump_%s AFTER %s ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW %s EXECUTE FUNCTION bump_gateways()',
        watched.events[i], watched.events[i], watched.relation, condition);
    END LOOP;
  END LOOP;
END $$;

-- A machine that becomes a gateway, or stops being one, concerns that gateway.
CREATE TRIGGER gateways_note_machine AFTER UPDATE ON devices FOR EACH ROW
  WHEN ((OLD.gateway_id, OLD.status, OLD.deleted_at) IS DISTINCT FROM (NEW.gateway_id, NEW.status, NEW.deleted_at))
  EXECUTE FUNCTION note_gateway_change('gateway', 'gateway_id');
