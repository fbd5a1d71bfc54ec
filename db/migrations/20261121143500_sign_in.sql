-- A sign-in is two statements: who it is and whether an attempt is left, before the password is verified; the session
-- with all that goes with it, after. Every statement in them looks rows up by an index, whatever PostgreSQL believed of
-- the tables' sizes when it made the plan: on a fresh installation it would go on reading them whole.

GRANT EXECUTE ON FUNCTION take_attempts(text[], int[], bigint[], bigint[], bigint[]) TO keyward_definer;
GRANT EXECUTE ON FUNCTION return_attempts(text[], bigint[], bigint[], text[]) TO keyward_definer;
GRANT SELECT, INSERT, UPDATE ON rate_limits TO keyward_definer;
GRANT INSERT ON sessions, refresh_tokens, audit_logs TO keyward_definer;
GRANT UPDATE (revoked_at) ON refresh_tokens TO keyward_definer;
GRANT UPDATE (last_login_at) ON users TO keyward_definer;

-- The budgets are in this order: the browser's, which alone counts if the user signed in with it before, and the name's
-- first of all others. The ends of these two keys are found out here. `keys` are those that counted; `locks` is for how
-- long the attempt locked each of them or, when it is refused, what refuses it; `slots` their places among the keys.
-- About nobody the answer takes the same look-ups.
CREATE FUNCTION authority_attempt(
  p_login text, p_device text, p_keys text[], p_free int[], p_window_ms bigint[], p_wait_ms bigint[], p_longest_ms bigint[]
) RETURNS TABLE (
  user_id uuid, status user_status, password_hash text, checksum text, is_known_device boolean, keys text[],
  slots int[], is_refused boolean, locks bigint[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_user record;
  v_first int := 2;
  v_last int := cardinality(p_keys);
BEGIN
  SELECT c.user_id, c.status, c.password_hash, c.checksum INTO v_user FROM authority_credentials(p_login) c;
  IF EXISTS (SELECT FROM sessions s WHERE s.known_device_hash = p_device::bpchar AND s.user_id = v_user.user_id) THEN
    v_first := 1;
    v_last := 1;
    p_keys[1] := p_keys[1] || encode(sha256(convert_to(v_user.user_id || ' ' || p_device, 'UTF8')), 'hex');
  ELSIF v_last > 1 THEN
    -- As names are compared: however it is written, one name has one budget.
    p_keys[2] := p_keys[2] || encode(sha256(convert_to(lower(p_login), 'UTF8')), 'hex');
  END IF;
  RETURN QUERY
  SELECT v_user.user_id, v_user.status, v_user.password_hash, v_user.checksum, v_first = 1, p_keys[v_first:v_last],
         coalesce(array_agg(t.slot), '{}'), coalesce(bool_or(t.is_refused), false), coalesce(array_agg(t.wait_ms), '{}')
    FROM take_attempts(p_keys[v_first:v_last], p_free[v_first:v_last], p_window_ms[v_first:v_last],
           p_wait_ms[v_first:v_last], p_longest_ms[v_first:v_last]) t;
END $$;

-- Revokes those that are not yet, with their refresh tokens. It asks `revoked_at` in a way that no partial index answers:
-- while there are few sessions PostgreSQL would plan to read the whole of one, and keep that plan when there are many.
CREATE FUNCTION end_sessions(p_sessions uuid[], p_reason session_revoke_reason) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  v_ended uuid[];
BEGIN
  IF array_remove(p_sessions, NULL) = '{}' THEN RETURN '{}'; END IF;
  WITH ended AS (
    UPDATE sessions SET revoked_at = now(), revoke_reason = p_reason
     WHERE id = ANY (p_sessions) AND coalesce(revoked_at, 'infinity') = 'infinity'
    RETURNING id
  ) SELECT coalesce(array_agg(id), '{}') INTO v_ended FROM ended;
  IF v_ended <> '{}' THEN
    UPDATE refresh_tokens SET revoked_at = now() WHERE session_id = ANY (v_ended) AND revoked_at IS NULL;
  END IF;
  RETURN v_ended;
END $$;
REVOKE EXECUTE ON FUNCTION end_sessions(uuid[], session_revoke_reason) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_sessions(uuid[], session_revoke_reason) TO keyward_definer;

-- Starts the session if the user is still what the password was verified for, and says so on the audit trail. No row: the
-- user changed meanwhile. The browser's previous session ends, whoever's it was, and of the user's others all but the
-- newest p_kept. The attempts are given back last, because others wait for the budgets they share.
-- p_idle_s, p_absolute_s: of a user, of an administrator. p_origin: where the request came from.
CREATE FUNCTION authority_start_session(
  p_user uuid, p_checksum text, p_device text, p_presented uuid, p_session uuid, p_token_hash text,
  p_idle_s int[], p_absolute_s int[], p_elevated_s int, p_kept int, p_origin jsonb,
  p_keys text[], p_window_ms bigint[], p_wait_ms bigint[], p_forgotten text[]
) RETURNS TABLE (authenticated_at timestamptz, ends_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_is_standing boolean;
  v_ended uuid[];
  v_replaced uuid[];
  v_displaced uuid[];
  v_kind int;
BEGIN
  -- Not FOR UPDATE, which would also wait for whoever only refers to the user, such as a security event of a session
  -- that is about to end here: a dead-lock.
  SELECT u.status = 'active' AND p_checksum IN (u.checksum, u.previous_checksum) INTO v_is_standing
    FROM users u WHERE u.id = p_user FOR NO KEY UPDATE;
  IF v_is_standing IS NOT TRUE THEN
    INSERT INTO audit_logs (actor_kind, user_id, event_type, action, entity_type, status, ip_address, user_agent, source,
                            request_id, metadata)
    VALUES ('system', p_user, 'session.refused', 'refused', 'session', 'failure', (p_origin->>'ip')::inet,
            p_origin->>'userAgent', (p_origin->>'source')::audit_source, p_origin->>'requestId', '{"reason": "changed"}');
    RETURN;
  END IF;

  v_ended := ARRAY(SELECT s.id FROM sessions s WHERE s.known_device_hash = p_device::bpchar) || p_presented;
  v_replaced := end_sessions(v_ended, 'replaced');
  -- Sign-ins of one user take turns at the lock on the user's row: each sees what the one before it left.
  v_displaced := end_sessions(ARRAY(
    SELECT s.id FROM sessions s
     WHERE s.user_id = p_user AND s.revoked_at IS NULL AND s.expires_at > now() AND s.idle_expires_at > now()
     ORDER BY s.created_at DESC, s.id OFFSET p_kept), 'limit');

  SELECT 1 + count(*) INTO v_kind FROM roles o
   WHERE o.name = 'admin' AND EXISTS (SELECT FROM user_roles h WHERE h.user_id = p_user AND h.role_id = o.id);
  -- The password was given for it: it begins elevated.
  RETURN QUERY
  INSERT INTO sessions (id, user_id, checksum, token_hash, known_device_hash, assurance_level, ip_address, user_agent,
                        device_type, device_os, device_browser, country, region, city, timezone, latitude, longitude,
                        idle_expires_at, expires_at, elevated_until)
  VALUES (p_session, p_user, p_checksum, p_token_hash, p_device, 1, (p_origin->>'ip')::inet, p_origin->>'userAgent',
          p_origin->>'deviceType', p_origin->>'deviceOs', p_origin->>'deviceBrowser', p_origin->>'country',
          p_origin->>'region', p_origin->>'city', p_origin->>'timezone', (p_origin->>'latitude')::float8,
          (p_origin->>'longitude')::float8,
          now() + make_interval(secs => p_idle_s[v_kind]), now() + make_interval(secs => p_absolute_s[v_kind]),
          now() + make_interval(secs => p_elevated_s))
  RETURNING sessions.authenticated_at::timestamptz, sessions.expires_at::timestamptz;
  INSERT INTO refresh_tokens (session_id, user_id, generation, token_hash, expires_at)
  VALUES (p_session, p_user, 1, p_token_hash, now() + make_interval(secs => p_absolute_s[v_kind]));
  UPDATE users SET last_login_at = now() WHERE id = p_user;

  INSERT INTO audit_logs (actor_kind, user_id, event_type, action, entity_type, entity_id, ip_address, user_agent, source,
                          request_id, metadata)
  SELECT 'system', p_user, 'session.' || e.action, e.action, 'session', e.subject, (p_origin->>'ip')::inet,
         p_origin->>'userAgent', (p_origin->>'source')::audit_source, p_origin->>'requestId', e.metadata
    FROM (SELECT 'revoked' AS action, id::text AS subject, jsonb_build_object('reason', 'limit', 'limit', p_kept + 1) AS metadata
            FROM unnest(v_displaced) AS id
          UNION ALL SELECT 'started', p_session::text, jsonb_build_object('replaced', v_replaced)) e;
  IF p_keys <> '{}' THEN
    PERFORM return_attempts(p_keys, p_window_ms, p_wait_ms, p_forgotten);
  END IF;
END $$;

DO $$
DECLARE
  added regprocedure;
BEGIN
  FOR added IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND proname IN ('authority_attempt', 'authority_start_session') LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', added);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO keyward_app', added);
    EXECUTE format('ALTER FUNCTION %s OWNER TO keyward_definer', added);
  END LOOP;
END $$;
