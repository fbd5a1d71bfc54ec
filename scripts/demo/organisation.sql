-- A believable organisation: 200 people, 1,500 devices, a month of history. The same every time, but for the keys.
SELECT setseed(0.42);

CREATE TEMP TABLE name_parts AS SELECT
  ARRAY['Anna','Bruno','Chiara','David','Elif','Farid','Grace','Hugo','Ines','Jonas','Katya','Liam','Mara','Noah','Olga',
        'Paulo','Quinn','Rosa','Sven','Tomas','Uma','Viktor','Wanda','Yusuf','Zoe'] AS first,
  ARRAY['Almeida','Becker','Costa','Duarte','Eriksen','Fischer','Gomez','Haas','Ivanov','Jansen','Keller','Lopes',
        'Moreau','Novak','Okafor','Pereira','Quist','Rossi','Silva','Tanaka'] AS last;

INSERT INTO users (username, email, display_name, first_name, last_name, status, last_login_at, created_at)
SELECT lower(f || '.' || l), lower(f || '.' || l) || '@example.com', f || ' ' || l, f, l,
       CASE WHEN n % 25 = 7 THEN 'invited' WHEN n % 40 = 11 THEN 'suspended' WHEN n % 50 = 13 THEN 'deactivated' ELSE 'active' END::user_status,
       CASE WHEN n % 25 <> 7 THEN now() - random() * interval '20 days' END,
       now() - interval '700 days' + n * interval '3 days'
  FROM name_parts, generate_series(0, 199) n,
       LATERAL (SELECT first[1 + n % 25] AS f, last[1 + (n / 25 + n) % 20] AS l) named;

INSERT INTO user_roles (user_id, role_id)
SELECT u.id, r.id FROM users u JOIN roles r ON r.name = 'user' WHERE u.email LIKE '%@example.com'
UNION
SELECT u.id, r.id FROM (SELECT id, row_number() OVER (ORDER BY username) AS n FROM users WHERE status = 'active') u
  JOIN roles r ON (r.name = 'moderator' AND u.n % 25 = 3) OR (r.name = 'viewer' AND u.n % 30 = 5)
ON CONFLICT DO NOTHING;

INSERT INTO groups (name, description) VALUES
  ('Engineering', 'Builds and runs the product'), ('Operations', 'Data centres and field sites'), ('Sales', 'On the road'),
  ('Finance', 'Books and payroll'), ('People', 'Hiring and offices'), ('Contractors', 'Time-limited access');
INSERT INTO group_memberships (group_id, user_id)
SELECT g.id, u.id FROM groups g, users u
 WHERE NOT g.is_system AND abs(hashtext(g.name || u.username)) % 5 = 0;

INSERT INTO tags (name, color, description) VALUES
  ('laptop', '#2563eb', 'Somebody carries it'), ('workstation', '#0891b2', 'Stays on a desk'), ('server', '#9333ea', 'Nobody sits in front of it'),
  ('production', '#dc2626', 'Customers depend on it'), ('staging', '#ca8a04', 'Like production, but not'), ('build', '#ea580c', 'Compiles and tests'),
  ('database', '#16a34a', 'Keeps data'), ('berlin', '#64748b', 'In the Berlin office'), ('lisbon', '#64748b', 'In the Lisbon office'),
  ('remote', '#64748b', 'Anywhere else'), ('kiosk', '#ea580c', 'Shared by visitors');

INSERT INTO enrolment_tokens (name, token_hmac, pepper_id, expires_at, usage_limit, usage_current, require_approval, created_at)
SELECT v.name, decode(md5(v.name) || md5(v.name || '2'), 'hex'), 'demo', now() + v.lasts, v.uses, v.used, v.approval, now() - v.age
  FROM (VALUES
    ('New laptops, autumn', interval '40 days', 200, 131, true, interval '30 days'),
    ('Build farm', interval '20 days', 50, 12, false, interval '12 days'),
    ('Lisbon office move', interval '-3 days', 80, 74, true, interval '60 days'),
    ('Kiosks', interval '60 days', 20, 20, true, interval '9 days'),
    ('Database replicas', interval '2 days', 6, 2, false, interval '1 day'),
    ('Contractor machines', interval '7 days', 15, 4, true, interval '4 days')) AS v (name, lasts, uses, used, approval, age);

CREATE TEMP TABLE people AS
SELECT id, username, row_number() OVER (ORDER BY username) - 1 AS n FROM users WHERE status = 'active' AND email LIKE '%@example.com';

INSERT INTO devices (user_id, name, platform, os_version, app_version, device_fingerprint, public_key, status, enrolment_token_id,
                     last_seen_at, last_seen_ip, approved_at, compliance, hardware_hash, created_at)
SELECT p.id,
       CASE WHEN p.id IS NULL THEN (ARRAY['web','db','build','edge','cache'])[1 + (i / 5) % 5] || '-' || lpad((i / 25 + 1)::text, 3, '0')
            ELSE (ARRAY['lt','ws'])[1 + (i % 7 = 0)::int] || '-' || split_part(p.username::text, '.', 1) || '-' || lpad(i::text, 4, '0') END,
       kind.platform, kind.os, (ARRAY['0.1.0','0.1.0','0.1.0','0.0.9'])[1 + i % 4], kind.key, kind.key, kind.status::device_status,
       (SELECT id FROM enrolment_tokens ORDER BY name OFFSET i % 6 LIMIT 1),
       CASE WHEN kind.status IN ('pending', 'rejected') THEN NULL
            WHEN kind.status = 'active' AND i % 9 <> 4 THEN now() - random() * interval '9 minutes'
            ELSE now() - random() * interval '45 days' END,
       ('198.51.100.' || 1 + i % 250)::inet,
       CASE WHEN kind.status <> 'pending' THEN now() - random() * interval '300 days' END,
       (CASE WHEN i % 33 = 5 THEN 'failed' WHEN i % 17 = 3 THEN 'drifted' WHEN i % 12 = 1 THEN 'pending' ELSE 'compliant' END)::compliance_state,
       md5('hardware' || i), now() - (random() ^ 3) * interval '400 days'
  FROM generate_series(0, 1499) AS i
  LEFT JOIN people p ON i % 5 <> 2 AND p.n = i % (SELECT count(*) FROM people),
  LATERAL (SELECT
    CASE WHEN i % 5 = 2 OR i % 3 = 0 THEN 'linux' WHEN i % 3 = 1 THEN 'darwin' ELSE 'win32' END AS platform,
    CASE WHEN i % 5 = 2 OR i % 3 = 0 THEN 'Debian GNU/Linux 13' WHEN i % 3 = 1 THEN 'macOS 26.1' ELSE 'Windows 11 25H2' END AS os,
    translate(encode(sha256(('demo key ' || i)::bytea), 'base64'), '+/=', '-_') AS key,
    CASE WHEN i % 47 = 9 THEN 'pending' WHEN i % 41 = 8 THEN 'suspended' WHEN i % 130 = 7 THEN 'quarantined'
         WHEN i % 37 = 6 THEN 'revoked' WHEN i % 60 = 5 THEN 'retired' ELSE 'active' END AS status) kind;

INSERT INTO device_keys (device_id, thumbprint, jwk, algorithm, status, rotate_after, revoked_at, created_at)
SELECT id, public_key, jsonb_build_object('kty', 'OKP', 'crv', 'Ed25519', 'x', public_key), 'ed25519',
       (CASE WHEN status IN ('revoked', 'retired') THEN 'revoked' ELSE 'active' END)::device_key_status, created_at + interval '180 days',
       CASE WHEN status IN ('revoked', 'retired') THEN now() END, created_at
  FROM devices;
UPDATE devices SET revoked_at = now() - random() * interval '20 days' WHERE status IN ('revoked', 'retired');

INSERT INTO device_tags (device_id, tag_id)
SELECT d.id, t.id FROM devices d JOIN tags t ON t.name IN (
    CASE WHEN d.user_id IS NULL THEN 'server' WHEN d.name LIKE 'ws-%' THEN 'workstation' ELSE 'laptop' END,
    CASE WHEN d.name LIKE 'db-%' THEN 'database' WHEN d.name LIKE 'build-%' THEN 'build' END,
    CASE WHEN d.user_id IS NULL THEN (ARRAY['production','production','staging'])[1 + abs(hashtext(d.name)) % 3]
         ELSE (ARRAY['berlin','lisbon','remote'])[1 + abs(hashtext(d.name)) % 3] END);

INSERT INTO device_facts (device_id, section, facts, hash)
SELECT id, 'os', jsonb_build_object('platform', platform, 'name', split_part(os_version, ' ', 1),
       'version', substr(os_version, strpos(os_version, ' ') + 1),
       'kernel', CASE platform WHEN 'linux' THEN '6.12.48' ELSE '25.1' END, 'arch', 'x64', 'hostname', name, 'timezone', 'Europe/Lisbon'), md5(name)
  FROM devices WHERE status NOT IN ('pending', 'rejected')
UNION ALL
SELECT id, 'hardware', jsonb_build_object('vendor', (ARRAY['Lenovo','Dell','Apple'])[1 + abs(hashtext(name)) % 3], 'model', 'T14',
       'cpuModel', '8-core', 'cpuCount', 8, 'memoryBytes', 17179869184, 'hardwareHash', NULL, 'machineHash', NULL), md5(name || 'h')
  FROM devices WHERE status NOT IN ('pending', 'rejected');

INSERT INTO enrolment_token_uses (enrolment_token_id, device_id, ip_address, outcome, created_at)
SELECT enrolment_token_id, id, last_seen_ip, 'enrolled', created_at FROM devices;

WITH live AS (
  INSERT INTO sessions (user_id, token_hash, ip_address, device_type, device_os, device_browser, last_seen_at, idle_expires_at, expires_at, created_at)
  SELECT id, encode(sha256(('demo session ' || n)::bytea), 'hex'), ('203.0.113.' || 1 + n % 250)::inet, 'desktop',
         (ARRAY['macOS 26','Windows 11','Linux'])[1 + n % 3], (ARRAY['Chrome 142','Firefox 144','Safari 26'])[1 + n % 3],
         now() - (n % 50) * interval '1 minute', now() + interval '30 minutes', now() + interval '20 hours', now() - (n % 300) * interval '1 minute'
    FROM people WHERE n % 2 = 0
  RETURNING id, user_id, token_hash, expires_at
)
INSERT INTO refresh_tokens (session_id, user_id, token_hash, expires_at) SELECT id, user_id, token_hash, expires_at FROM live;

INSERT INTO audit_logs (actor_kind, actor_user_id, user_id, event_type, action, entity_type, entity_id, ip_address, source, status, metadata, created_at)
SELECT e.actor::actor_kind, CASE e.actor WHEN 'user' THEN p.id END, p.id, e.event, split_part(e.event, '.', 2), 'session', NULL, ('203.0.113.' || 1 + n % 250)::inet, 'web', e.status::audit_status,
       '{}', now() - (n * 7 + day * 1440 % 480) * interval '1 minute' - day * interval '1 day'
  FROM people p, generate_series(0, 29) day,
       LATERAL (SELECT CASE WHEN (p.n + day) % 23 = 4 THEN 'session.refused' ELSE 'session.started' END AS event,
                       CASE WHEN (p.n + day) % 23 = 4 THEN 'anonymous' ELSE 'user' END AS actor,
                       CASE WHEN (p.n + day) % 23 = 4 THEN 'failure' ELSE 'success' END AS status) e
 WHERE (p.n + day) % 3 = 0;
INSERT INTO audit_logs (actor_kind, user_id, event_type, action, entity_type, entity_id, ip_address, source, changes, created_at)
SELECT 'anonymous', user_id, 'device.enrolled', 'enrolled', 'device', id::text, last_seen_ip, 'agent',
       jsonb_build_object('before', jsonb_build_object('name', NULL), 'after', jsonb_build_object('name', name, 'status', 'pending')), created_at
  FROM devices;
ANALYZE;
