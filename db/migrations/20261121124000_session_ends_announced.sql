-- Whoever holds a stream open for a session hears at commit that it should look again: 'session:' or 'user:' and an id.
-- What it then sees in the tables decides, so a signal too many does no harm and a lost one only delays.

CREATE FUNCTION announce_session_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM pg_notify('keyward_changes', 'session:' || NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER sessions_announce_end AFTER UPDATE ON sessions FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
  EXECUTE FUNCTION announce_session_end();

CREATE FUNCTION announce_user_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM pg_notify('keyward_changes', 'user:' || NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER users_announce_change AFTER UPDATE ON users FOR EACH ROW
  WHEN (OLD.checksum IS DISTINCT FROM NEW.checksum OR OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION announce_user_change();
