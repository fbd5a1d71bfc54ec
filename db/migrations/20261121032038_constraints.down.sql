ALTER TABLE ip_pools DROP CONSTRAINT ip_pools_cidr_overlap;
ALTER TABLE gateways DROP CONSTRAINT gateways_vpn_cidr_overlap;
