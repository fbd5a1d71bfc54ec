DROP TRIGGER wireguard_peers_release_addresses ON wireguard_peers;
DROP TRIGGER devices_end_tunnels ON devices;
SET LOCAL ROLE keyward_definer;
DROP FUNCTION release_tunnel_addresses();
DROP FUNCTION end_device_tunnels();
SET LOCAL ROLE keyward_owner;
REVOKE ALL ON ip_allocations, ip_pools, ip_free FROM keyward_definer;
ALTER TABLE wireguard_peers
  DROP COLUMN issued_profile_hash, DROP COLUMN remote_endpoint, DROP COLUMN counter_boot_id,
  DROP COLUMN rx_counter, DROP COLUMN tx_counter;
