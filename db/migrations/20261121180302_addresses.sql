-- Addresses of a pool, given out and taken back. Whoever changes a pool holds its row until the transaction ends, so
-- that a pool's addresses are given out one after the other: none twice, none lost by a rollback, exact to the last one.
-- Pools are locked in the order of family and id. History counts by the wall clock, because a transaction that waited
-- for the pool began before the one it waited for ended.

-- The last offset that is handed out: an IPv4 pool keeps its broadcast address, an IPv6 pool ends after 2^32.
CREATE FUNCTION pool_max_off(p_cidr cidr) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE family(p_cidr)
    WHEN 4 THEN (1::bigint << (32 - masklen(p_cidr))) - 2
    ELSE (1::bigint << least(128 - masklen(p_cidr), 32)) - 1 END
$$;

-- How many of a pool's addresses may be handed out. Reserved ranges do not overlap.
CREATE FUNCTION pool_capacity(p_cidr cidr, p_reserved cidr[]) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT pool_max_off(p_cidr) - 1 - coalesce((
    SELECT sum(ends - starts + 1) FROM (
      SELECT greatest(host(r)::inet, host(p_cidr)::inet + 2) AS starts,
             least(host(broadcast(r))::inet, host(p_cidr)::inet + pool_max_off(p_cidr)) AS ends
        FROM unnest(p_reserved) r) ranges
     WHERE starts <= ends), 0)::bigint
$$;

-- The mark that so much use has reached. It falls back only five points below, so that one address to and fro is not
-- reported each time.
CREATE FUNCTION pool_alert_level(p_used bigint, p_capacity bigint, p_before smallint) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT greatest(
    CASE WHEN p_used * 100 >= p_capacity * 95 THEN 95 WHEN p_used * 100 >= p_capacity * 80 THEN 80 ELSE 0 END,
    CASE WHEN p_used * 100 >= p_capacity * (p_before - 5) THEN p_before ELSE 0 END)::smallint
$$;

CREATE FUNCTION create_pool(p_gateway uuid, p_cidr cidr) RETURNS uuid
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO ip_pools (gateway_id, cidr, max_off, capacity)
  VALUES (p_gateway, p_cidr, pool_max_off(p_cidr), pool_capacity(p_cidr, '{}')) RETURNING id
$$;

-- Counts a pool anew after its shape has changed. Answers with the mark when its use has passed one, else with null.
CREATE FUNCTION recount_pool(p_pool uuid) RETURNS smallint
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  before smallint;
  after smallint;
BEGIN
  SELECT alert_level INTO before FROM ip_pools WHERE id = p_pool FOR NO KEY UPDATE;
  UPDATE ip_pools p
     SET capacity = pool_capacity(p.cidr, p.reserved), used = c.used,
         alert_level = pool_alert_level(c.used, pool_capacity(p.cidr, p.reserved), p.alert_level)
    FROM (SELECT count(*) AS used FROM ip_allocations a JOIN ip_pools o ON o.id = a.pool_id
           WHERE o.id = p_pool AND a.released_at IS NULL AND NOT a.address <<= ANY (o.reserved)) c
   WHERE p.id = p_pool
  RETURNING p.alert_level INTO after;
  RETURN CASE WHEN after > before THEN after END;
END $$;

-- The address a device has in the pool, or a new one: the one longest given back, else the next never used. No row means
-- there is no such pool, a null address that none is left. `crossed` is the mark the pool's use has just passed.
CREATE FUNCTION allocate_address(p_pool uuid, p_device uuid)
RETURNS TABLE (allocation_id uuid, address inet, is_new boolean, crossed smallint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  pool ip_pools;
  base inet;
  candidate inet;
  chosen inet;
  range_end inet;
  level smallint;
BEGIN
  SELECT * INTO pool FROM ip_pools WHERE id = p_pool FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT a.id, a.address, false, NULL::smallint FROM ip_allocations a
    WHERE a.pool_id = p_pool AND a.device_id = p_device AND a.released_at IS NULL ORDER BY a.status DESC LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;
  base := host(pool.cidr)::inet;
  DELETE FROM ip_free f WHERE (f.pool_id, f.address) = (
    SELECT o.pool_id, o.address FROM ip_free o
     WHERE o.pool_id = p_pool AND o.usable_at <= clock_timestamp()
       AND o.address <= base + pool.max_off AND NOT o.address <<= ANY (pool.reserved)
     ORDER BY o.usable_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING f.address INTO chosen;
  WHILE chosen IS NULL AND pool.next_off <= pool.max_off LOOP
    candidate := base + pool.next_off;
    SELECT host(broadcast(r))::inet INTO range_end FROM unnest(pool.reserved) r WHERE candidate <<= r;
    IF FOUND THEN
      pool.next_off := CASE WHEN range_end > base + pool.max_off THEN pool.max_off ELSE range_end - base END;
    -- What was assigned by hand is somebody's, and what was given back waits in the other list.
    ELSIF NOT EXISTS (SELECT FROM ip_allocations a
                       WHERE a.pool_id = p_pool AND a.address = candidate AND a.released_at IS NULL)
      AND NOT EXISTS (SELECT FROM ip_free f WHERE f.pool_id = p_pool AND f.address = candidate) THEN
      chosen := candidate;
    END IF;
    pool.next_off := pool.next_off + 1;
  END LOOP;
  IF chosen IS NULL THEN
    RETURN QUERY SELECT NULL::uuid, NULL::inet, false, NULL::smallint;
    RETURN;
  END IF;
  level := pool_alert_level(pool.used + 1, pool.capacity, pool.alert_level);
  UPDATE ip_pools SET next_off = pool.next_off, used = pool.used + 1, alert_level = level WHERE id = p_pool;
  RETURN QUERY
    INSERT INTO ip_allocations AS a (pool_id, gateway_id, device_id, address, allocated_at)
    VALUES (p_pool, pool.gateway_id, p_device, chosen, clock_timestamp())
    RETURNING a.id, a.address, true, CASE WHEN level > pool.alert_level THEN level END;
END $$;

-- Ends these allocations, those that are live, and lets their addresses rest before they are given out again.
CREATE FUNCTION release_allocations(p_ids uuid[], p_quarantine interval DEFAULT interval '24 hours')
RETURNS TABLE (id uuid, pool_id uuid, gateway_id uuid, device_id uuid, address inet)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  released ip_allocations[];
BEGIN
  PERFORM FROM ip_pools p
    WHERE p.id IN (SELECT a.pool_id FROM ip_allocations a WHERE a.id = ANY (p_ids) AND a.released_at IS NULL)
    ORDER BY p.family, p.id FOR NO KEY UPDATE;
  WITH ended AS (
    UPDATE ip_allocations a
       SET status = 'released', released_at = clock_timestamp(), reusable_after = clock_timestamp() + p_quarantine
     WHERE a.id = ANY (p_ids) AND a.released_at IS NULL
    RETURNING a AS allocation)
  SELECT array_agg(allocation) INTO released FROM ended;
  INSERT INTO ip_free (pool_id, address, usable_at)
  SELECT r.pool_id, r.address, r.reusable_after FROM unnest(released) r WHERE r.pool_id IS NOT NULL
  ON CONFLICT (pool_id, address) DO UPDATE SET usable_at = excluded.usable_at;
  UPDATE ip_pools p
     SET used = p.used - c.freed, alert_level = pool_alert_level(p.used - c.freed, p.capacity, p.alert_level)
    FROM (SELECT r.pool_id, count(*) AS freed FROM unnest(released) r JOIN ip_pools o ON o.id = r.pool_id
           WHERE NOT r.address <<= ANY (o.reserved) GROUP BY r.pool_id) c
   WHERE p.id = c.pool_id;
  RETURN QUERY SELECT r.id, r.pool_id, r.gateway_id, r.device_id, r.address FROM unnest(released) r;
END $$;

-- Gives a device one certain address in place of what it has in the pool; its tunnel follows. `outcome` is assigned,
-- unchanged, no-pool, outside, kept (network, gateway or broadcast address) or taken.
CREATE FUNCTION assign_address(p_pool uuid, p_device uuid, p_address inet)
RETURNS TABLE (outcome text, allocation_id uuid, before inet, crossed smallint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  pool ip_pools;
  held ip_allocations;
  old inet;
  new_id uuid;
BEGIN
  SELECT * INTO pool FROM ip_pools WHERE id = p_pool FOR NO KEY UPDATE;
  SELECT * INTO held FROM ip_allocations a
   WHERE a.pool_id = p_pool AND a.address = p_address AND a.released_at IS NULL;
  outcome := CASE
    WHEN pool.id IS NULL THEN 'no-pool'
    WHEN NOT p_address << pool.cidr THEN 'outside'
    WHEN p_address <= host(pool.cidr)::inet + 1 OR family(p_address) = 4 AND p_address = host(broadcast(pool.cidr))::inet
      THEN 'kept'
    WHEN held.id IS NOT NULL AND held.device_id IS DISTINCT FROM p_device THEN 'taken'
    WHEN held.status = 'static' THEN 'unchanged'
    ELSE 'assigned' END;
  IF outcome <> 'assigned' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT r.address INTO old FROM release_allocations(ARRAY(
    SELECT a.id FROM ip_allocations a
     WHERE a.pool_id = p_pool AND a.device_id = p_device AND a.released_at IS NULL)) r;
  DELETE FROM ip_free f WHERE f.pool_id = p_pool AND f.address = p_address;
  INSERT INTO ip_allocations (pool_id, gateway_id, device_id, address, status, allocated_at)
  VALUES (p_pool, pool.gateway_id, p_device, p_address, 'static', clock_timestamp()) RETURNING id INTO new_id;
  UPDATE wireguard_peers
     SET assigned_ip = p_address
   WHERE device_id = p_device AND gateway_id = pool.gateway_id AND state = 'active' AND deleted_at IS NULL
     AND family(assigned_ip) = family(p_address);
  RETURN QUERY SELECT 'assigned', new_id, old, recount_pool(p_pool);
END $$;
