DROP FUNCTION drop_partitions(text, int);
DROP FUNCTION ensure_partitions(int, int);

-- The rows go with their partitions.
DO $$
DECLARE
  child regclass;
BEGIN
  FOR child IN SELECT oid FROM pg_class WHERE relnamespace = 'partitions'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('DROP TABLE %s', child);
  END LOOP;
END $$;

DROP FUNCTION protect_partition(text, text);
