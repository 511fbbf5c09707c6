-- Makes the missing day partitions `<parent>_YYYYMMDD` of a table that is PARTITION BY RANGE (a uuid that begins with
-- a UUIDv7's time), from `first` to `last`; returns the names made. Runs with the owner's rights: the daily job speaks
-- as the application, which owns nothing and needs no right on a partition (rights on the parent suffice).
-- Rows of a day that lie in the DEFAULT partition already move into it; storage parameters (fillfactor) are taken from
-- the DEFAULT partition; indexes, row triggers and constraints come with ATTACH, which lets readers and writers of
-- other days go on. Triggers on the DEFAULT partition rest while its rows move: an append-only table stays whole.
-- One maker at a time; who has to wait five seconds for a lock gives up, and the next run tries again.
-- Whoever speaks as the application cannot fill the catalogue: from two days ago to sixty on, however often it calls. The
-- owner may make more: 400 days a call, none before 2020, none beyond two years from now. This and db_drop_day_v1 read
-- the server's clock, because a caller's would be no bound.
CREATE FUNCTION db_make_days_v1(parent text, first date, last date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s'
AS $$
DECLARE
    today CONSTANT date := (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date;
    is_owner CONSTANT boolean := pg_has_role(session_user, current_user, 'MEMBER');
    day date;
    made text;
    rest regclass;
    key text;
    options text;
    strays boolean;
BEGIN
    IF last - first >= 400 OR first < DATE '2020-01-01' OR last > today + 731
       OR NOT is_owner AND (first < today - 2 OR last > today + 60) THEN
        RAISE EXCEPTION 'days from % to % are too many or too far away', first, last USING ERRCODE = '22023';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('db_make_days_v1'));
    SELECT p.partdefid::regclass, a.attname INTO STRICT rest, key
      FROM pg_partitioned_table p
      JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] AND a.atttypid = 'uuid'::regtype
     WHERE p.partrelid = format('public.%I', parent)::regclass AND p.partstrat = 'r' AND p.partnatts = 1;
    ASSERT rest <> 0, 'a table of days needs a DEFAULT partition';
    SELECT ' WITH (' || array_to_string(c.reloptions, ', ') || ')' INTO options FROM pg_class c WHERE c.oid = rest;

    FOR day IN SELECT d::date FROM generate_series(first::timestamp, last::timestamp, interval '1 day') AS d LOOP
        made := parent || to_char(day, '_YYYYMMDD');
        CONTINUE WHEN to_regclass(format('public.%I', made)) IS NOT NULL;
        -- Nobody writes to DEFAULT from here on: no row of the day can appear there behind our back, no lock grows.
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rest);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)%s',
                       made, parent, coalesce(options, ''));
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I >= %L AND %I < %L)',
                       rest, key, db_day_bound_v1(day), key, db_day_bound_v1(day + 1)) INTO strays;
        IF strays THEN
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', rest);
            EXECUTE format('WITH gone AS (DELETE FROM %s WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM gone',
                           rest, key, db_day_bound_v1(day), key, db_day_bound_v1(day + 1), made);
            EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', rest);
        END IF;
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, made, db_day_bound_v1(day), db_day_bound_v1(day + 1));
        RETURN NEXT made;
    END LOOP;
END
$$;
