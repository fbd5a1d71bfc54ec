-- What one change does to other tables. These functions belong to keyward_definer, which row-level security does not
-- hide anything from: they must work whoever's change it is.

INSERT INTO groups (name, description, is_system) VALUES ('users', 'Everyone. Nobody can leave this group.', true);
INSERT INTO group_memberships (group_id, user_id) SELECT g.id, u.id FROM groups g, users u WHERE g.name = 'users';

GRANT SELECT ON groups TO keyward_definer;
GRANT SELECT, INSERT ON group_memberships TO keyward_definer;
GRANT SELECT (id, checksum) ON users TO keyward_definer;
GRANT SELECT, UPDATE ON sessions, api_keys, certificates, devices, wireguard_peers TO keyward_definer;

CREATE FUNCTION join_everyone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO group_memberships (group_id, user_id)
  SELECT id, NEW.id FROM groups WHERE name = 'users' AND is_system;
  RETURN NULL;
END $$;
ALTER FUNCTION join_everyone() OWNER TO keyward_definer;
CREATE TRIGGER users_join_everyone AFTER INSERT ON users
  FOR EACH ROW EXECUTE FUNCTION join_everyone();

-- A session's checksum is the user's of the moment it is issued. Written as '' it is looked up here, so that the
-- server never has to read one.
CREATE FUNCTION take_session_checksum() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  SELECT checksum INTO STRICT NEW.checksum FROM users WHERE id = NEW.user_id;
  RETURN NEW;
END $$;
ALTER FUNCTION take_session_checksum() OWNER TO keyward_definer;
CREATE TRIGGER sessions_take_checksum BEFORE INSERT OR UPDATE OF checksum ON sessions
  FOR EACH ROW WHEN (NEW.checksum = '') EXECUTE FUNCTION take_session_checksum();

-- Suspended or deactivated, a user loses every credential at once. Tunnels of a suspended user's devices stop at the
-- subject gate, without a change to their rows; a deactivated user's devices are revoked.
CREATE FUNCTION end_user_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gone boolean := NEW.status = 'deactivated';
BEGIN
  UPDATE sessions SET revoked_at = now(), revoke_reason = CASE WHEN gone THEN 'user_deleted' ELSE 'user_disabled' END::session_revoke_reason
   WHERE (user_id = NEW.id OR impersonator_id = NEW.id) AND revoked_at IS NULL;
  UPDATE api_keys SET is_active = false WHERE user_id = NEW.id AND is_active;
  UPDATE certificates
     SET status = 'revoked', revoked_at = now(), revoked_by = NEW.updated_by, updated_by = NEW.updated_by,
         revocation_reason = CASE WHEN gone THEN 'affiliationChanged' ELSE 'privilegeWithdrawn' END::revocation_reason
   WHERE user_id = NEW.id AND status = 'active';
  IF gone THEN
    UPDATE wireguard_peers SET state = 'revoked'
     WHERE state = 'active' AND device_id IN (SELECT id FROM devices WHERE user_id = NEW.id);
    UPDATE devices SET status = 'revoked', revoked_at = now()
     WHERE user_id = NEW.id AND status IN ('pending', 'active', 'suspended', 'quarantined');
  END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION end_user_access() OWNER TO keyward_definer;
CREATE TRIGGER users_end_access AFTER UPDATE OF status ON users
  FOR EACH ROW WHEN (NEW.status IN ('suspended', 'deactivated') AND NEW.status IS DISTINCT FROM OLD.status)
  EXECUTE FUNCTION end_user_access();
