-- Rotates for all the requests of one moment, in one transaction and so with one flush of the log. A session whose row
-- somebody else holds is not waited for (is_busy: it has to be rotated by itself), so that nobody waits for anybody
-- while holding other sessions: no dead-lock. No row for a slot means: ask authority_refresh_state why.
CREATE FUNCTION authority_rotations(p_sessions uuid[], p_generations int[], p_next_hashes text[])
RETURNS TABLE (
  slot int, is_busy boolean, session_id uuid, user_id uuid, username text, display_name text, email text,
  status user_status, checksum text, previous_checksum text, session_checksum text,
  revoked_at timestamptz, is_idle boolean, is_over boolean, ends_at timestamptz,
  assurance_level smallint, authenticated_at timestamptz, generation int, confirmed_at timestamptz,
  roles text, permissions text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  FOR at IN 1 .. cardinality(p_sessions) LOOP
    PERFORM FROM sessions WHERE id = p_sessions[at] FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      slot := at;
      is_busy := true;
      RETURN NEXT;
      CONTINUE;
    END IF;
    RETURN QUERY
    SELECT at, false, a.session_id, a.user_id, a.username, a.display_name, a.email, a.status, a.checksum,
           a.previous_checksum, a.session_checksum, a.revoked_at, a.is_idle, a.is_over, a.ends_at, a.assurance_level,
           a.authenticated_at, a.generation, a.confirmed_at, a.roles, a.permissions
      FROM authority_rotate(p_sessions[at], p_generations[at], p_next_hashes[at]) a;
  END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION authority_rotations(uuid[], int[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authority_rotations(uuid[], int[], text[]) TO keyward_app;
ALTER FUNCTION authority_rotations(uuid[], int[], text[]) OWNER TO keyward_definer;
