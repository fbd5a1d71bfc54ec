-- Monthly partitions, in the schema `partitions`. Rows of a month that has none yet go to a default one, so that no
-- insert ever fails for want of a partition.

CREATE FUNCTION ensure_partitions(months_ahead int, months_back int DEFAULT 1) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  parent text;
  child text;
  month date;
  taken boolean;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ensure_partitions', 0));
  FOREACH parent IN ARRAY ARRAY['audit_logs', 'session_activity', 'device_runs'] LOOP
    FOR month IN SELECT generate_series(
      date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => months_back),
      date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => months_ahead), '1 month')::date
    LOOP
      child := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
      CONTINUE WHEN to_regclass(format('partitions.%I', child)) IS NOT NULL;
      EXECUTE format('SELECT EXISTS (SELECT FROM partitions.%I WHERE created_at >= %L AND created_at < %L)',
        parent || '_default', month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC')
        INTO taken;
      CONTINUE WHEN taken;
      EXECUTE format('CREATE TABLE partitions.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
        child, parent, month::timestamp AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
      PERFORM protect_partition(parent, child);
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;

-- Truncate triggers are not inherited.
CREATE FUNCTION protect_partition(parent text, child text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF parent = 'audit_logs' THEN
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON partitions.%I FOR EACH STATEMENT '
      'EXECUTE FUNCTION public.refuse(''The audit trail is only ever added to.'')', child);
  END IF;
END $$;

-- Drops whole months of what may be forgotten; the audit trail may not.
CREATE FUNCTION drop_partitions(parent text, months_kept int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  child text;
  dropped int := 0;
BEGIN
  IF parent IS NULL OR parent NOT IN ('session_activity', 'device_runs') OR months_kept < 1 THEN
    RAISE EXCEPTION 'partitions of % cannot be dropped', parent USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR child IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = format('public.%I', parent)::regclass AND c.relname ~ '_\d{4}_\d\d$'
      AND right(c.relname, 7) < to_char(now() AT TIME ZONE 'UTC' - make_interval(months => months_kept), 'YYYY_MM')
  LOOP
    EXECUTE format('DROP TABLE partitions.%I', child);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

CREATE TABLE partitions.audit_logs_default PARTITION OF audit_logs DEFAULT;
CREATE TABLE partitions.session_activity_default PARTITION OF session_activity DEFAULT;
CREATE TABLE partitions.device_runs_default PARTITION OF device_runs DEFAULT;
SELECT protect_partition('audit_logs', 'audit_logs_default');
SELECT ensure_partitions(3, 1);

REVOKE EXECUTE ON FUNCTION ensure_partitions(int, int), drop_partitions(text, int), protect_partition(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_partitions(int, int), drop_partitions(text, int) TO keyward_app;
