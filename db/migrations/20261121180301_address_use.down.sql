DROP INDEX ip_allocations_allocated_at_id;
DROP INDEX ip_allocations_address_id;
DROP INDEX ip_pools_cidr_id;
ALTER TABLE ip_pools DROP COLUMN alert_level;
ALTER TABLE ip_pools DROP COLUMN used;
ALTER TABLE ip_pools DROP COLUMN capacity;
