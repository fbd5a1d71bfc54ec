-- What the schema's language cannot say.

ALTER TABLE gateways ADD CONSTRAINT gateways_vpn_cidr_overlap
  EXCLUDE USING gist (vpn_cidr inet_ops WITH &&) WHERE (deleted_at IS NULL);

ALTER TABLE ip_pools ADD CONSTRAINT ip_pools_cidr_overlap
  EXCLUDE USING gist (cidr inet_ops WITH &&);
