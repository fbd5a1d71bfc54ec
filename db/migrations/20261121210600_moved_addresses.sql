-- What a device has goes over to the one that takes its place, without a rest: nobody else can have an address in
-- between, and the history shows one after the other at the same moment. What the successor had in these pools is given
-- back; a tunnel it has follows, with the end of its predecessor's. Whoever calls this holds both devices' rows.
CREATE FUNCTION move_addresses(p_from uuid, p_to uuid)
RETURNS TABLE (allocation_id uuid, previous_id uuid, address inet)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  held ip_allocations[];
  moved_at timestamptz;
BEGIN
  PERFORM FROM ip_pools p
    WHERE p.id IN (SELECT a.pool_id FROM ip_allocations a WHERE a.device_id = p_from AND a.released_at IS NULL)
    ORDER BY p.family, p.id FOR NO KEY UPDATE;
  SELECT array_agg(a ORDER BY a.allocated_at, a.address) INTO held FROM ip_allocations a
   WHERE a.device_id = p_from AND a.released_at IS NULL AND a.pool_id IS NOT NULL;
  IF held IS NULL THEN
    RETURN;
  END IF;
  PERFORM release_allocations(ARRAY(
    SELECT a.id FROM ip_allocations a JOIN unnest(held) h ON h.pool_id = a.pool_id
     WHERE a.device_id = p_to AND a.released_at IS NULL));
  moved_at := clock_timestamp();
  UPDATE ip_allocations a SET status = 'released', released_at = moved_at FROM unnest(held) h WHERE a.id = h.id;
  UPDATE wireguard_peers n
     SET assigned_ip = coalesce((SELECT h.address FROM unnest(held) h
                                  WHERE h.gateway_id = n.gateway_id AND family(h.address) = family(n.assigned_ip)
                                  LIMIT 1), n.assigned_ip),
         not_after = least(n.not_after, (SELECT o.not_after FROM wireguard_peers o
                                          WHERE o.device_id = p_from AND o.gateway_id = n.gateway_id
                                            AND o.state = 'active' AND o.deleted_at IS NULL))
   WHERE n.device_id = p_to AND n.state = 'active' AND n.deleted_at IS NULL
     AND n.gateway_id IN (SELECT h.gateway_id FROM unnest(held) h);
  RETURN QUERY
    WITH given AS (
      INSERT INTO ip_allocations AS a (pool_id, gateway_id, device_id, address, status, allocated_at)
      SELECT h.pool_id, h.gateway_id, p_to, h.address, h.status, moved_at FROM unnest(held) h
      RETURNING a.id, a.pool_id, a.address)
    SELECT g.id, h.id, g.address FROM given g JOIN unnest(held) h ON h.pool_id = g.pool_id AND h.address = g.address;
END $$;

-- A device that is over for good keeps no address, with a tunnel or without.
SET LOCAL ROLE keyward_definer;
CREATE OR REPLACE FUNCTION end_device_tunnels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE wireguard_peers SET state = 'revoked' WHERE device_id = NEW.id AND state = 'active';
  PERFORM release_allocations(ARRAY(
    SELECT a.id FROM ip_allocations a WHERE a.device_id = NEW.id AND a.released_at IS NULL));
  RETURN NULL;
END $$;
SET LOCAL ROLE keyward_owner;
