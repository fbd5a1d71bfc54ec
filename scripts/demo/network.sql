-- The organisation's private network: three sites, six hundred tunnels, policies and a month of traffic.
CREATE TEMP TABLE sites AS SELECT * FROM (VALUES
  ('Berlin', '10.77.0.0/22'::cidr, 'fd77::/64'::cidr, 'vpn.berlin.example.com:51820', 0),
  ('Lisbon', '10.78.0.0/22', 'fd78::/64', 'vpn.lisbon.example.com:51820', 1),
  ('Data centre', '10.79.0.0/24', 'fd79::/64', 'vpn.dc.example.com:51820', 2)) AS s (name, v4, v6, endpoint, n);

INSERT INTO gateways (name, endpoint, public_key, vpn_cidr, vpn_cidr_v6, dns_servers, agent_version, boot_id, created_at)
SELECT name, endpoint, encode(sha256(('demo gateway ' || n)::bytea), 'base64'), v4, v6,
       CASE WHEN n < 2 THEN ARRAY['10.10.0.53'] ELSE '{}' END, '0.1.0', 'demo-' || n, now() - interval '300 days'
  FROM sites;
SELECT create_pool(g.id, s.v4), create_pool(g.id, s.v6) FROM gateways g JOIN sites s USING (name);

INSERT INTO gateway_networks (gateway_id, network, description)
SELECT g.id, v.network::cidr, v.description FROM gateways g JOIN (VALUES
  ('Berlin', '10.10.0.0/16', 'Berlin office'), ('Berlin', 'fd10::/48', 'Berlin office'),
  ('Lisbon', '10.30.0.0/16', 'Lisbon office'), ('Data centre', '10.20.0.0/16', 'Production'),
  ('Data centre', '10.21.0.0/16', 'Staging')) AS v (gateway, network, description) ON v.gateway = g.name;

-- The machine of each gateway, and the devices with a tunnel: laptops of Berlin and Lisbon, servers at the data centre.
UPDATE devices d SET gateway_id = g.id
  FROM gateways g JOIN sites s USING (name)
  JOIN (SELECT id, row_number() OVER (ORDER BY name) - 1 AS n FROM devices
         WHERE name LIKE 'edge-%' AND status = 'active') edge ON edge.n = s.n
 WHERE d.id = edge.id;

CREATE TEMP TABLE connected AS
SELECT d.id AS device_id, g.id AS gateway_id, row_number() OVER (ORDER BY d.name) AS n
  FROM devices d
  JOIN LATERAL (SELECT CASE WHEN d.user_id IS NULL THEN 'Data centre'
                            WHEN abs(hashtext(d.name)) % 3 = 0 THEN 'Lisbon' ELSE 'Berlin' END AS site) home ON true
  JOIN gateways g ON g.name = home.site
 WHERE d.status IN ('active', 'suspended') AND d.gateway_id IS NULL
   AND CASE WHEN d.user_id IS NULL THEN d.name LIKE 'web-%' OR d.name LIKE 'build-%' ELSE abs(hashtext(d.name)) % 2 = 0 END;

INSERT INTO wireguard_peers (device_id, gateway_id, public_key, profile_revision, last_profile_issued_at, not_after,
                             last_handshake_at, remote_endpoint, created_at)
SELECT c.device_id, c.gateway_id, encode(sha256(('demo tunnel ' || n)::bytea), 'base64'), 1, now() - random() * interval '90 days',
       CASE WHEN n % 29 = 3 THEN now() + random() * interval '20 days' END,
       CASE WHEN n % 6 <> 5 THEN now() - CASE WHEN n % 3 = 0 THEN random() * interval '30 days' ELSE random() * interval '2 minutes' END END,
       '203.0.113.' || 1 + n % 250 || ':' || 30000 + n, now() - random() * interval '200 days'
  FROM connected c;
SELECT count(*) FROM connected c JOIN ip_pools p USING (gateway_id), LATERAL allocate_address(p.id, c.device_id);

INSERT INTO peer_traffic (peer_id, resolution, bucket_at, rx_bytes, tx_bytes)
SELECT w.id, r.resolution, date_trunc(r.resolution::text, now() - k * r.step, 'UTC'),
       (random() * r.bytes)::bigint, (random() ^ 2 * r.bytes * 6)::bigint
  FROM wireguard_peers w
  CROSS JOIN (VALUES ('hour'::traffic_resolution, interval '1 hour', 47, 4e7),
                     ('day', interval '1 day', 29, 6e8)) AS r (resolution, step, last, bytes)
  CROSS JOIN LATERAL generate_series(0, r.last) k
 WHERE w.last_handshake_at IS NOT NULL AND abs(hashtext(w.id::text || k)) % 3 > 0;

CREATE TEMP TABLE rules AS SELECT * FROM (VALUES
  ('Operations look after the databases', 5, 'allow', 'group', 'Operations', ARRAY['10.20.5.0/24'], 'tcp', 5432, 5432),
  ('Databases are closed', 10, 'deny', 'all', NULL, ARRAY['10.20.5.0/24'], 'any', NULL, NULL),
  ('Everybody reaches the intranet', 20, 'allow', 'all', NULL, ARRAY['10.10.0.0/24', 'fd10::/64'], 'tcp', 443, 443),
  ('Name servers', 20, 'allow', 'all', NULL, ARRAY['10.10.0.53/32'], 'any', NULL, NULL),
  ('Engineering reaches production', 30, 'allow', 'group', 'Engineering', ARRAY['10.20.0.0/16'], 'tcp', 22, 443),
  ('Engineering works in staging', 30, 'allow', 'group', 'Engineering', ARRAY['10.21.0.0/16'], 'any', NULL, NULL),
  ('Contractors work in staging', 40, 'allow', 'group', 'Contractors', ARRAY['10.21.8.0/22'], 'any', NULL, NULL),
  ('Finance and its ledger', 40, 'allow', 'group', 'Finance', ARRAY['10.30.4.0/28'], 'tcp', 443, 443),
  ('Lisbon prints', 50, 'allow', 'tag', 'lisbon', ARRAY['10.30.9.0/24'], 'tcp', 631, 631),
  ('Servers talk to each other', 50, 'allow', 'tag', 'server', ARRAY['10.20.0.0/20'], 'any', NULL, NULL),
  ('The old data centre', 90, 'allow', 'group', 'Operations', ARRAY['192.168.40.0/24'], 'any', NULL, NULL)
) AS r (name, priority, effect, target, target_name, networks, protocol, port_from, port_to);

INSERT INTO policies (name, priority, effect, is_active, ends_at, created_at)
SELECT name, priority, effect::policy_effect, name <> 'The old data centre',
       CASE WHEN target_name = 'Contractors' THEN now() + interval '30 days' END, now() - random() * interval '200 days'
  FROM rules;
INSERT INTO policies (name, description, priority, full_tunnel)
VALUES ('Travellers send everything through us', 'Hotels and airports', 60, true);

INSERT INTO policy_targets (policy_id, target_type, target_id)
SELECT p.id, r.target::policy_target_type, coalesce(g.id, t.id)
  FROM rules r JOIN policies p USING (name)
  LEFT JOIN groups g ON r.target = 'group' AND g.name = r.target_name
  LEFT JOIN tags t ON r.target = 'tag' AND t.name = r.target_name
UNION ALL
SELECT p.id, 'tag', t.id FROM policies p, tags t WHERE p.full_tunnel AND t.name = 'remote';
INSERT INTO policy_destinations (policy_id, destination, protocol, port_from, port_to)
SELECT p.id, n::cidr, r.protocol::network_protocol, r.port_from, r.port_to
  FROM rules r JOIN policies p USING (name), unnest(r.networks) n;

INSERT INTO policy_tests (name, source_type, source_id, destination, protocol, port, expect)
SELECT t.name, 'group', g.id, t.destination::inet, 'tcp', t.port, t.wanted::policy_effect
  FROM groups g JOIN (VALUES
    ('Engineering', 'Engineering can release', '10.20.1.10', 443, 'allow'),
    ('Contractors', 'Contractors never see the databases', '10.20.5.4', 5432, 'deny')) AS t (whose, name, destination, port, wanted)
    ON t.whose = g.name;
ANALYZE;
