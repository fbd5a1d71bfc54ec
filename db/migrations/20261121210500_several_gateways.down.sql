DROP TRIGGER gateways_note_all_use ON gateways;
DROP TRIGGER gateways_note_all_delete ON gateway_networks;
DROP TRIGGER gateways_note_all_update ON gateway_networks;
DROP TRIGGER gateways_note_all_insert ON gateway_networks;
DROP TRIGGER gateways_note_others_delete ON ip_allocations;
DROP TRIGGER gateways_note_others_update ON ip_allocations;
DROP TRIGGER gateways_note_others_insert ON ip_allocations;
DROP TRIGGER wireguard_peers_key_not_ended ON wireguard_peers;
SET LOCAL ROLE keyward_definer;
DROP FUNCTION refuse_ended_key();
SET LOCAL ROLE keyward_owner;
ALTER TABLE wireguard_peers DROP CONSTRAINT wireguard_peers_key_of_one_device;
-- These fail where a device has tunnels to several gateways; end all but one first.
DROP INDEX ip_allocations_device_id_allocated;
CREATE UNIQUE INDEX ip_allocations_device_id_allocated ON ip_allocations (device_id, family(address))
  WHERE status = 'allocated';
DROP INDEX wireguard_peers_public_key_device_id;
ALTER TABLE wireguard_peers DROP COLUMN began_at,
  ADD CONSTRAINT wireguard_peers_public_key_unique UNIQUE (public_key);
