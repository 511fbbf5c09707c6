-- Drops the oldest day partition of a table if it lies wholly before a Shanghai day, and says its name; when none is
-- left, deletes older rows of the DEFAULT partition and says how many (`strays`), with no name. One partition a call, so
-- that a transaction never holds more than one day's locks. Runs with the owner's rights, and gives nobody more than they have: who may not
-- delete from the table may not drop its days either, so books, records and all work stay out of reach of the
-- application (rushi.db.grants). Never the last four days, by the server's own clock: no setting keeps evidence shorter
-- (a day to accept in silence, two of appeal, one of margin).
CREATE FUNCTION db_drop_day_v1(parent text, before date) RETURNS TABLE (dropped text, strays bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s'
AS $$
DECLARE
    whole CONSTANT regclass := format('public.%I', parent)::regclass;
    rest regclass;
    key text;
BEGIN
    IF NOT has_table_privilege(session_user, whole, 'DELETE') THEN
        RAISE EXCEPTION 'permission denied: % may not delete from %', session_user, parent USING ERRCODE = '42501';
    END IF;
    IF before > clock_timestamp()::date - 4 THEN
        RAISE EXCEPTION 'permission denied: the days of % before % are still needed', parent, before USING ERRCODE = '42501';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('db_make_days_v1'));
    SELECT p.partdefid::regclass, a.attname INTO STRICT rest, key
      FROM pg_partitioned_table p
      JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] AND a.atttypid = 'uuid'::regtype
     WHERE p.partrelid = whole AND p.partstrat = 'r' AND p.partnatts = 1;
    SELECT c.relname INTO dropped
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = whole AND c.oid <> rest
       AND c.relname ~ ('^' || parent || '_\d{8}$') AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
     ORDER BY c.relname LIMIT 1;
    IF dropped IS NULL THEN
        EXECUTE format('DELETE FROM %s WHERE %I < %L', rest, key, db_day_bound_v1(before));
        GET DIAGNOSTICS strays = ROW_COUNT;
    ELSE
        strays := 0;
        EXECUTE format('DROP TABLE %I', dropped);
    END IF;
    RETURN NEXT;
END
$$;
