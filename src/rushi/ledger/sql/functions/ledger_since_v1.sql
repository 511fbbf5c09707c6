-- A moment such that the newest `wanted` settlements before `before` (with a fee in `shard`, when it is given) are not
-- older; null when there are not as many. Lists that are newest first read from there on: settlements have no
-- order by moment but a BRIN, so windows of growing width are counted, each at most up to `wanted`. Those of the
-- moment `before` itself do not count: a page that begins among a thousand of one moment has shown some of them.
CREATE FUNCTION ledger_since_v1(before timestamptz, wanted integer, shard integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    width interval := '1 second';
    n integer;
BEGIN
    WHILE width < '100 years' LOOP
        SELECT count(*) INTO n
          FROM (SELECT FROM ledger_settlement s
                 WHERE s.at > before - width AND s.at < before
                   AND (shard IS NULL OR s.fee_shard = shard AND s.fee_fen > 0) LIMIT wanted) AS newest;
        IF n >= wanted THEN
            RETURN before - width;
        END IF;
        width := width * 8;
    END LOOP;
    RETURN NULL;
END
$$;
