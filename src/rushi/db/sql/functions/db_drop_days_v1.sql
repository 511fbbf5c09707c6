-- Drops the day partitions of a table that lie wholly before a Shanghai day, and deletes older rows of its DEFAULT
-- partition; returns the names dropped. Runs with the owner's rights, and gives nobody more than they have: who may
-- not delete from the table may not drop its days either, so books and records stay out of reach of the application.
CREATE FUNCTION db_drop_days_v1(parent text, before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s'
AS $$
DECLARE
    whole CONSTANT regclass := format('public.%I', parent)::regclass;
    rest regclass;
    key text;
    gone text;
BEGIN
    IF NOT has_table_privilege(session_user, whole, 'DELETE') THEN
        RAISE EXCEPTION 'permission denied: % may not delete from %', session_user, parent USING ERRCODE = '42501';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('db_make_days_v1'));
    SELECT p.partdefid::regclass, a.attname INTO STRICT rest, key
      FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
     WHERE p.partrelid = whole;
    FOR gone IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = whole AND c.oid <> rest
           AND c.relname ~ ('^' || parent || '_\d{8}$') AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
         ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', gone);
        RETURN NEXT gone;
    END LOOP;
    EXECUTE format('DELETE FROM %s WHERE %I < %L', rest, key, db_day_bound_v1(before));
END
$$;
