SET LOCAL ROLE keyward_definer;
CREATE OR REPLACE FUNCTION end_device_tunnels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE wireguard_peers SET state = 'revoked' WHERE device_id = NEW.id AND state = 'active';
  RETURN NULL;
END $$;
SET LOCAL ROLE keyward_owner;
DROP FUNCTION move_addresses(uuid, uuid);
