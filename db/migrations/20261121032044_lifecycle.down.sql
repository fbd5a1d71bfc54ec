DROP TRIGGER users_end_access ON users;
DROP TRIGGER sessions_take_checksum ON sessions;
DROP TRIGGER users_join_everyone ON users;
SET LOCAL ROLE keyward_definer;
DROP FUNCTION end_user_access();
DROP FUNCTION take_session_checksum();
DROP FUNCTION join_everyone();
SET LOCAL ROLE keyward_owner;
REVOKE ALL ON groups, group_memberships, users, sessions, api_keys, certificates, devices, wireguard_peers FROM keyward_definer;
REVOKE SELECT (id, checksum) ON users FROM keyward_definer;

ALTER TABLE groups DISABLE TRIGGER groups_system_stays;
ALTER TABLE group_memberships DISABLE TRIGGER group_memberships_system_stays;
DELETE FROM group_memberships WHERE group_id IN (SELECT id FROM groups WHERE name = 'users' AND is_system);
DELETE FROM groups WHERE name = 'users' AND is_system;
ALTER TABLE group_memberships ENABLE TRIGGER group_memberships_system_stays;
ALTER TABLE groups ENABLE TRIGGER groups_system_stays;
