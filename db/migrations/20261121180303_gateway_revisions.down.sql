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
SET LOCAL ROLE keyward_definer;
DROP FUNCTION bump_gateways();
DROP FUNCTION note_gateway_change();
SET LOCAL ROLE keyward_owner;
REVOKE UPDATE (desired_revision, updated_at) ON gateways FROM keyward_definer;
REVOKE SELECT ON gateways FROM keyward_definer;
