ALTER TABLE "wireguard_peers" DROP CONSTRAINT "wireguard_peers_public_key_unique";--> statement-breakpoint
DROP INDEX "ip_allocations_device_id_allocated";--> statement-breakpoint
ALTER TABLE "wireguard_peers" ADD COLUMN "began_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL;--> statement-breakpoint
CREATE INDEX "wireguard_peers_public_key_device_id" ON "wireguard_peers" USING btree ("public_key","device_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ip_allocations_device_id_allocated" ON "ip_allocations" USING btree ("device_id","gateway_id",family(address)) WHERE status = 'allocated';--> statement-breakpoint
-- A device has one key for all of its tunnels, and no other device ever has it.
ALTER TABLE wireguard_peers ADD CONSTRAINT wireguard_peers_key_of_one_device
  EXCLUDE USING gist (public_key WITH =, device_id WITH <>);

-- Once none of its tunnels has it any more, the device itself does not get it back either.
CREATE FUNCTION refuse_ended_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM wireguard_peers p WHERE p.public_key = NEW.public_key AND p.device_id = NEW.device_id)
    AND NOT EXISTS (SELECT FROM wireguard_peers p
                     WHERE p.public_key = NEW.public_key AND p.device_id = NEW.device_id AND p.state = 'active') THEN
    RAISE EXCEPTION 'this key was used before and has ended'
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'wireguard_peers_key_not_ended', TABLE = 'wireguard_peers';
  END IF;
  RETURN NEW;
END $$;
ALTER FUNCTION refuse_ended_key() OWNER TO keyward_definer;
CREATE TRIGGER wireguard_peers_key_not_ended BEFORE INSERT ON wireguard_peers
  FOR EACH ROW EXECUTE FUNCTION refuse_ended_key();

-- A device's addresses are let in at every gateway it has a tunnel to, whichever of them they are of.
CREATE TRIGGER gateways_note_others_insert AFTER INSERT ON ip_allocations
  FOR EACH ROW EXECUTE FUNCTION note_gateway_change('device', 'device_id');
CREATE TRIGGER gateways_note_others_update AFTER UPDATE ON ip_allocations
  FOR EACH ROW WHEN ((OLD.device_id, OLD.address, OLD.released_at) IS DISTINCT FROM (NEW.device_id, NEW.address, NEW.released_at))
  EXECUTE FUNCTION note_gateway_change('device', 'device_id');
CREATE TRIGGER gateways_note_others_delete AFTER DELETE ON ip_allocations
  FOR EACH ROW EXECUTE FUNCTION note_gateway_change('device', 'device_id');

-- What is behind one gateway is no other's to let in.
CREATE TRIGGER gateways_note_all_insert AFTER INSERT ON gateway_networks
  FOR EACH ROW EXECUTE FUNCTION note_gateway_change('all', '');
CREATE TRIGGER gateways_note_all_update AFTER UPDATE ON gateway_networks
  FOR EACH ROW WHEN ((OLD.gateway_id, OLD.network) IS DISTINCT FROM (NEW.gateway_id, NEW.network))
  EXECUTE FUNCTION note_gateway_change('all', '');
CREATE TRIGGER gateways_note_all_delete AFTER DELETE ON gateway_networks
  FOR EACH ROW EXECUTE FUNCTION note_gateway_change('all', '');
CREATE TRIGGER gateways_note_all_use AFTER UPDATE ON gateways
  FOR EACH ROW WHEN ((OLD.is_active, OLD.deleted_at) IS DISTINCT FROM (NEW.is_active, NEW.deleted_at))
  EXECUTE FUNCTION note_gateway_change('all', '');
