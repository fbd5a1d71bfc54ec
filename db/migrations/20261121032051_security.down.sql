DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP POLICY %I ON %I', found.policyname, found.tablename);
  END LOOP;
  FOR found IN
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
  LOOP
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', found.relname);
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', found.relname);
  END LOOP;
  FOR found IN
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
      AND pg_get_userbyid(relowner) = 'keyward_owner'
  LOOP
    -- Takes the rights of single columns along.
    EXECUTE format('REVOKE ALL ON %I FROM keyward_app', found.relname);
  END LOOP;
END $$;

ALTER DEFAULT PRIVILEGES FOR ROLE keyward_owner IN SCHEMA public
  REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM keyward_app;
