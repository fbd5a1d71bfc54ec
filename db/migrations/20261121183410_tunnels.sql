ALTER TABLE "wireguard_peers" ADD COLUMN "issued_profile_hash" text;--> statement-breakpoint
ALTER TABLE "wireguard_peers" ADD COLUMN "remote_endpoint" text;--> statement-breakpoint
ALTER TABLE "wireguard_peers" ADD COLUMN "counter_boot_id" text;--> statement-breakpoint
ALTER TABLE "wireguard_peers" ADD COLUMN "rx_counter" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "wireguard_peers" ADD COLUMN "tx_counter" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
-- Out of service for good, a device takes its tunnel with it, whoever ended it and how.
CREATE FUNCTION end_device_tunnels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE wireguard_peers SET state = 'revoked' WHERE device_id = NEW.id AND state = 'active';
  RETURN NULL;
END $$;
ALTER FUNCTION end_device_tunnels() OWNER TO keyward_definer;
CREATE TRIGGER devices_end_tunnels AFTER UPDATE OF status ON devices
  FOR EACH ROW WHEN (NEW.status IN ('revoked', 'retired', 'rejected') AND NEW.status IS DISTINCT FROM OLD.status)
  EXECUTE FUNCTION end_device_tunnels();

-- With its tunnel a device loses its addresses; they rest before somebody else gets them. A superseded key keeps them.
CREATE FUNCTION release_tunnel_addresses() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM release_allocations(ARRAY(
    SELECT a.id FROM ip_allocations a
     WHERE a.device_id = NEW.device_id AND a.gateway_id = NEW.gateway_id AND a.released_at IS NULL));
  RETURN NULL;
END $$;
ALTER FUNCTION release_tunnel_addresses() OWNER TO keyward_definer;
GRANT SELECT, UPDATE ON ip_allocations, ip_pools TO keyward_definer;
GRANT SELECT, INSERT, UPDATE ON ip_free TO keyward_definer;
CREATE TRIGGER wireguard_peers_release_addresses AFTER UPDATE OF state ON wireguard_peers
  FOR EACH ROW WHEN (OLD.state = 'active' AND NEW.state = 'revoked')
  EXECUTE FUNCTION release_tunnel_addresses();
