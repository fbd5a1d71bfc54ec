DO $$
DECLARE
  trigger record;
BEGIN
  FOR trigger IN
    SELECT t.tgname AS name, t.tgrelid::regclass::text AS relation FROM pg_trigger t
     WHERE t.tgfoid IN ('note_gateway_change'::regproc, 'bump_gateways'::regproc)
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', trigger.name, trigger.relation);
  END LOOP;
END $$;
DROP FUNCTION bump_gateways();
DROP FUNCTION note_gateway_change();
REVOKE UPDATE (desired_revision, updated_at) ON gateways FROM keyward_definer;
REVOKE SELECT ON gateways FROM keyward_definer;
