-- After postings arrive (one statement, any number of entries): every entry in it must exist, must have had no
-- posting before, have two at least and sum to zero; then balances move, once an account. Whoever inserts
-- postings, the balances follow: they cannot drift. Runs with the owner's rights because nobody else may
-- update an account. Nested loops only: transition tables have no statistics and a bad plan costs 30-fold.
CREATE FUNCTION ledger_posted_v1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    wrong uuid;
    moved bigint;
    wanted bigint;
BEGIN
    SELECT e.entry_id INTO wrong
    FROM (
        SELECT n.entry_id, count(*) AS legs, sum(n.amount_fen) AS total, min(n.at) AS at, max(n.at) AS last_at
        FROM arrived n GROUP BY n.entry_id
    ) e
    CROSS JOIN LATERAL (SELECT count(*) AS legs FROM ledger_posting p WHERE p.entry_id = e.entry_id) present
    LEFT JOIN LATERAL (SELECT r.at FROM ledger_entry r WHERE r.id = e.entry_id) entry ON true
    WHERE e.total <> 0 OR e.legs < 2 OR present.legs <> e.legs OR e.at <> e.last_at OR entry.at IS DISTINCT FROM e.at
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is not balanced, unknown or closed', wrong USING ERRCODE = 'RU103';
    END IF;

    BEGIN
        WITH d AS (
            SELECT n.account_id, sum(n.amount_fen) AS amount, coalesce(sum(n.amount_fen) FILTER (WHERE n.amount_fen > 0), 0) AS credit
            FROM arrived n GROUP BY n.account_id
        ), done AS (
            UPDATE ledger_account a SET balance_fen = a.balance_fen + d.amount, credited_fen = a.credited_fen + d.credit
            FROM d WHERE a.id = d.account_id RETURNING 1
        )
        SELECT (SELECT count(*) FROM done), (SELECT count(*) FROM d) INTO moved, wanted;
    EXCEPTION WHEN check_violation THEN
        RAISE EXCEPTION 'insufficient balance: %', SQLERRM USING ERRCODE = 'RU101';
    END;
    IF moved <> wanted THEN
        RAISE EXCEPTION 'a posting names an unknown account' USING ERRCODE = 'RU103';
    END IF;
    RETURN NULL;
END
$$;
