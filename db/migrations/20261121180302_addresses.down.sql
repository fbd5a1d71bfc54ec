DROP FUNCTION assign_address(uuid, uuid, inet);
DROP FUNCTION release_allocations(uuid[], interval);
DROP FUNCTION allocate_address(uuid, uuid);
DROP FUNCTION recount_pool(uuid);
DROP FUNCTION create_pool(uuid, cidr);
DROP FUNCTION pool_alert_level(bigint, bigint, smallint);
DROP FUNCTION pool_capacity(cidr, cidr[]);
DROP FUNCTION pool_max_off(cidr);
