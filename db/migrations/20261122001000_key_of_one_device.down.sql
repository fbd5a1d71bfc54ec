ALTER TABLE wireguard_peers DROP CONSTRAINT wireguard_peers_key_of_one_device;
ALTER TABLE wireguard_peers ADD CONSTRAINT wireguard_peers_key_of_one_device
  EXCLUDE USING gist (public_key WITH =, device_id WITH <>);
