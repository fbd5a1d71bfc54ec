-- Rules of single rows: what may change, and into what.

DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attname = 'updated_at' AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
  LOOP
    EXECUTE format(
      'CREATE TRIGGER set_updated_at BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION set_updated_at()', name);
  END LOOP;
END $$;

-- Users stay. For each statement, so that even a DELETE that finds nobody raises.
CREATE TRIGGER users_never_deleted BEFORE DELETE OR TRUNCATE ON users
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('Users are never deleted: suspend, deactivate or erase them.');

-- The stamp only grows. previous_checksum is the alias of a re-hash: it may be set to the checksum that this very
-- update replaces, while the stamp stays; whatever else changes password or stamp clears it.
CREATE FUNCTION guard_user_checksum() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.previous_checksum := NULL;
    RETURN NEW;
  END IF;
  IF NEW.security_stamp < OLD.security_stamp THEN
    RAISE EXCEPTION 'The security stamp only grows.'
      USING ERRCODE = 'check_violation', TABLE = 'users', CONSTRAINT = 'users_security_stamp_grows';
  END IF;
  IF NEW.previous_checksum IS NOT NULL AND NEW.previous_checksum IS DISTINCT FROM OLD.previous_checksum
     AND NOT (NEW.previous_checksum = OLD.checksum AND NEW.password_hash IS DISTINCT FROM OLD.password_hash) THEN
    RAISE EXCEPTION 'Only a re-hash sets the previous checksum.'
      USING ERRCODE = 'check_violation', TABLE = 'users', CONSTRAINT = 'users_previous_checksum_rehash';
  END IF;
  IF NEW.security_stamp <> OLD.security_stamp OR
     (NEW.password_hash IS DISTINCT FROM OLD.password_hash AND
      (NEW.previous_checksum IS DISTINCT FROM OLD.checksum OR NEW.previous_checksum = OLD.previous_checksum)) THEN
    NEW.previous_checksum := NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER users_checksum_guard BEFORE INSERT OR UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION guard_user_checksum();

CREATE FUNCTION guard_system_role() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.name <> OLD.name OR NOT NEW.is_system THEN
    RAISE EXCEPTION 'The role % is part of the system: it cannot be renamed or deleted.', OLD.name
      USING ERRCODE = 'restrict_violation', TABLE = 'roles', CONSTRAINT = 'roles_system_stays';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER roles_system_stays BEFORE UPDATE OR DELETE ON roles
  FOR EACH ROW WHEN (OLD.is_system) EXECUTE FUNCTION guard_system_role();

CREATE TRIGGER groups_system_stays BEFORE UPDATE OR DELETE ON groups
  FOR EACH ROW WHEN (OLD.is_system) EXECUTE FUNCTION refuse('This group belongs to the system and cannot be changed or deleted.');

CREATE FUNCTION guard_system_membership() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (SELECT FROM groups WHERE id = OLD.group_id AND is_system) THEN
    RAISE EXCEPTION 'Nobody leaves a group of the system.'
      USING ERRCODE = 'restrict_violation', TABLE = 'group_memberships', CONSTRAINT = 'group_memberships_system_stays';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER group_memberships_system_stays BEFORE UPDATE OR DELETE ON group_memberships
  FOR EACH ROW EXECUTE FUNCTION guard_system_membership();
CREATE TRIGGER group_memberships_never_truncated BEFORE TRUNCATE ON group_memberships
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('Nobody leaves a group of the system.');

CREATE TRIGGER certificates_never_deleted BEFORE DELETE OR TRUNCATE ON certificates
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('Certificates are never deleted: revoke them.');

-- A certificate is a fact: written once, then only its status moves, and revoked is final but for a hold.
CREATE FUNCTION guard_certificate() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  mutable CONSTANT text[] := ARRAY['status', 'revocation_reason', 'revocation_note', 'revoked_at', 'revoked_by',
    'invalidity_date', 'crl_entry', 'superseded_by_id', 'updated_by', 'updated_at'];
  held boolean := OLD.revocation_reason = 'certificateHold';
BEGIN
  -- Null may be filled in once: the serial is reserved before the certificate is signed.
  IF (to_jsonb(NEW) - mutable) IS DISTINCT FROM
     (to_jsonb(NEW) - mutable || jsonb_strip_nulls(to_jsonb(OLD) - mutable)) THEN
    RAISE EXCEPTION 'A certificate cannot be rewritten.'
      USING ERRCODE = 'restrict_violation', TABLE = 'certificates', CONSTRAINT = 'certificates_immutable';
  END IF;
  IF OLD.status = 'revoked' AND NOT held AND NOT (
       NEW.status = 'revoked' AND NEW.revoked_at = OLD.revoked_at
       AND NEW.revocation_reason IN (OLD.revocation_reason, 'keyCompromise')) THEN
    RAISE EXCEPTION 'Revoked is final.'
      USING ERRCODE = 'restrict_violation', TABLE = 'certificates', CONSTRAINT = 'certificates_revoked_is_final';
  END IF;
  IF OLD.status = 'expired' AND NEW.status <> 'expired'
     AND NOT (NEW.status = 'revoked' AND NEW.revocation_reason IN ('keyCompromise', 'cACompromise')) THEN
    RAISE EXCEPTION 'An expired certificate can only be reported as compromised.'
      USING ERRCODE = 'restrict_violation', TABLE = 'certificates', CONSTRAINT = 'certificates_expired_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER certificates_guard BEFORE UPDATE ON certificates
  FOR EACH ROW EXECUTE FUNCTION guard_certificate();

-- The trail. Statement triggers catch what finds no row, row triggers what reaches a partition by its own name.
CREATE TRIGGER audit_logs_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('The audit trail is only ever added to.');
CREATE TRIGGER audit_logs_rows_stay BEFORE UPDATE OR DELETE ON audit_logs
  FOR EACH ROW EXECUTE FUNCTION refuse('The audit trail is only ever added to.');
CREATE TRIGGER audit_seals_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('The audit trail is only ever added to.');
CREATE TRIGGER audit_checkpoints_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('The audit trail is only ever added to.');

-- What a role allows, as text beside its name: read at every request, changed now and then.
CREATE FUNCTION refresh_permission_lists(p_roles uuid[]) RETURNS void
LANGUAGE sql
AS $$
  UPDATE roles r
     SET permission_list = coalesce((
           SELECT string_agg(p.resource || '.' || p.action, ',' ORDER BY p.resource, p.action)
             FROM role_permissions g JOIN permissions p ON p.id = g.permission_id WHERE g.role_id = r.id), '')
   WHERE r.id = ANY (p_roles)
$$;

CREATE FUNCTION keep_permission_lists() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM refresh_permission_lists(ARRAY(SELECT DISTINCT role_id FROM changed));
  RETURN NULL;
END $$;
CREATE TRIGGER permission_list_after_insert AFTER INSERT ON role_permissions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_permission_lists();
CREATE TRIGGER permission_list_after_delete AFTER DELETE ON role_permissions
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_permission_lists();
