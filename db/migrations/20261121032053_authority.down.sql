SET LOCAL ROLE keyward_definer;
DO $$
DECLARE
  found regprocedure;
BEGIN
  FOR found IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'authority\_%' LOOP
    EXECUTE format('DROP FUNCTION %s', found);
  END LOOP;
END $$;
SET LOCAL ROLE keyward_owner;

DROP TYPE authority_row;

REVOKE ALL ON agent_nonces, refresh_tokens, user_roles, roles, role_permissions, permissions, device_keys FROM keyward_definer;
REVOKE SELECT ON users FROM keyward_definer;
REVOKE UPDATE (password_hash, previous_checksum) ON users FROM keyward_definer;
GRANT SELECT (id, checksum) ON users TO keyward_definer;
