DO $$
DECLARE
  found record;
BEGIN
  -- Those of partitions go with their parents'.
  FOR found IN
    SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgparentid = 0
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.relation);
  END LOOP;
END $$;

DROP FUNCTION guard_certificate();
DROP FUNCTION guard_system_membership();
DROP FUNCTION guard_system_role();
DROP FUNCTION keep_permission_lists();
DROP FUNCTION refresh_permission_lists(uuid[]);
DROP FUNCTION guard_user_checksum();
