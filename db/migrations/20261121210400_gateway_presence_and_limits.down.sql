DROP TRIGGER wireguard_peers_forget_warning ON wireguard_peers;
DROP FUNCTION forget_warning();
ALTER TABLE wireguard_peers DROP COLUMN warned_h;
ALTER TABLE users DROP COLUMN device_limit;
ALTER TABLE groups DROP COLUMN device_limit;
ALTER TABLE gateways DROP COLUMN offline_at;
