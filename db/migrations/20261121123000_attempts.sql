-- Attempts, such as guesses of a password, counted in several budgets at once: one is taken from each, or none at all.
-- The rows are locked first, in one order, so that attempts that arrive together are counted one after the other.
--
-- Without a wait, a budget is so many attempts in a window. With a wait, every attempt from the last free one on locks
-- it for a while, each time twice as long up to the longest; it is forgotten a window after the last lock's end, and
-- `expire` is that moment. Times are milliseconds, by the database's clock.
--
-- Returns either what refuses, with how long, or for every budget how long the attempt locked it (0: not at all).
CREATE FUNCTION take_attempts(
  p_keys text[], p_free int[], p_window_ms bigint[], p_wait_ms bigint[], p_longest_ms bigint[]
) RETURNS TABLE (slot int, is_refused boolean, wait_ms bigint)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
BEGIN
  INSERT INTO rate_limits AS r (key, points, expire)
  SELECT k, 0, 0 FROM unnest(p_keys) AS k ORDER BY k
      ON CONFLICT (key) DO UPDATE SET points = r.points;
  v_now := extract(epoch FROM clock_timestamp()) * 1000;

  RETURN QUERY
  SELECT b.slot::int, true, r.expire - v_now - CASE WHEN b.wait > 0 THEN b.span ELSE 0 END
    FROM unnest(p_keys, p_free, p_window_ms, p_wait_ms) WITH ORDINALITY AS b (key, free, span, wait, slot)
    JOIN rate_limits r USING (key)
   WHERE CASE WHEN b.wait > 0 THEN r.expire - b.span > v_now ELSE r.points >= b.free AND r.expire > v_now END;
  IF FOUND THEN RETURN; END IF;

  RETURN QUERY
  UPDATE rate_limits r
     SET points = n.points, expire = CASE WHEN n.wait > 0 THEN v_now + n.lock + n.span ELSE n.ends END
    FROM (
      SELECT b.*, o.points, o.ends,
             CASE WHEN o.points < b.free THEN 0
                  WHEN b.wait > 0 THEN least(b.longest, b.wait * (1 << least(o.points - b.free, 20)))
                  ELSE o.ends - v_now END AS lock
        FROM unnest(p_keys, p_free, p_window_ms, p_wait_ms, p_longest_ms)
             WITH ORDINALITY AS b (key, free, span, wait, longest, slot)
        JOIN rate_limits c USING (key)
       CROSS JOIN LATERAL (
         SELECT CASE WHEN c.expire > v_now THEN c.points + 1 ELSE 1 END AS points,
                CASE WHEN c.expire > v_now THEN c.expire ELSE v_now + b.span END AS ends
       ) o
    ) n
   WHERE r.key = n.key
  RETURNING n.slot::int, false, n.lock::bigint;
END $$;

-- Takes attempts back that were none: one of each, with the lock it may have caused; all of the forgotten.
CREATE FUNCTION return_attempts(p_keys text[], p_window_ms bigint[], p_wait_ms bigint[], p_forgotten text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_now bigint;
BEGIN
  PERFORM FROM rate_limits WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE;
  v_now := extract(epoch FROM clock_timestamp()) * 1000;
  UPDATE rate_limits r
     SET points = CASE WHEN r.key = ANY (p_forgotten) THEN 0 ELSE greatest(r.points - 1, 0) END,
         expire = CASE WHEN r.key = ANY (p_forgotten) THEN 0 WHEN b.wait > 0 THEN v_now + b.span ELSE r.expire END
    FROM unnest(p_keys, p_window_ms, p_wait_ms) AS b (key, span, wait)
   WHERE r.key = b.key;
END $$;

REVOKE EXECUTE ON FUNCTION take_attempts(text[], int[], bigint[], bigint[], bigint[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION return_attempts(text[], bigint[], bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_attempts(text[], int[], bigint[], bigint[], bigint[]) TO keyward_app;
GRANT EXECUTE ON FUNCTION return_attempts(text[], bigint[], bigint[], text[]) TO keyward_app;
