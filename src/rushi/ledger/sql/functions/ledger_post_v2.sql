-- Posts plain entries (whatever is no settlement), exactly once each. Arrays in: entries (id, kind, subject) and their
-- legs (entry, account kind, owner, amount). Answers the ids newly posted; an id that is in the books already is
-- skipped when its postings are the same, and RU102 when they are not.
-- The only way to write them: it runs with the owner's rights and the application may only read the books.
-- Opens the missing accounts in ascending id, then locks all of the batch in ascending id (as settlements do), so
-- concurrent batches never deadlock and the second of two equal batches sees what the first posted.
-- Raises RU101 insufficient balance, RU102 same entry with other postings, RU103 unbalanced.
CREATE FUNCTION ledger_post_v2(
    entry_ids uuid[], kinds text[], subjects uuid[], actor uuid, posted_at timestamptz,
    leg_entry uuid[], leg_kind text[], leg_owner uuid[], leg_amount bigint[]
) RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    fresh uuid[];
    all_fresh boolean;
    wrong uuid;
BEGIN
    INSERT INTO ledger_account (id, kind, owner_id, balance_fen, credited_fen, opened_at)
    SELECT ledger_account_id_v1(l.kind, l.owner) AS id, l.kind, l.owner, 0, 0, posted_at
    FROM (SELECT DISTINCT u.kind, u.owner FROM unnest(leg_kind, leg_owner) AS u(kind, owner)) l
    WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.id = ledger_account_id_v1(l.kind, l.owner))
    ORDER BY 1
    ON CONFLICT (id) DO NOTHING;
    PERFORM 1 FROM ledger_account a
    WHERE a.id = ANY (ARRAY(SELECT ledger_account_id_v1(u.kind, u.owner) FROM unnest(leg_kind, leg_owner) AS u(kind, owner)))
    ORDER BY a.id FOR NO KEY UPDATE;

    WITH written AS (
        INSERT INTO ledger_entry (id, kind, subject_id, actor_id, at)
        SELECT DISTINCT ON (u.id) u.id, u.kind, u.subject, actor, posted_at
        FROM unnest(entry_ids, kinds, subjects) AS u(id, kind, subject)
        ORDER BY u.id
        ON CONFLICT (id) DO NOTHING RETURNING id
    )
    SELECT coalesce(array_agg(w.id), '{}') INTO fresh FROM written w;
    all_fresh := cardinality(fresh) = cardinality(entry_ids);

    IF NOT all_fresh THEN
        SELECT l.entry INTO wrong
        FROM unnest(leg_entry, leg_kind, leg_owner, leg_amount) AS l(entry, kind, owner, amount)
        WHERE l.entry <> ALL (fresh) AND NOT EXISTS (
            SELECT 1 FROM ledger_posting p
            WHERE p.entry_id = l.entry AND p.account_id = ledger_account_id_v1(l.kind, l.owner)
                AND p.amount_fen = l.amount
        )
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'entry % is posted with other amounts', wrong USING ERRCODE = 'RU102';
        END IF;
    END IF;

    -- DISTINCT: an entry that comes twice in a batch brings its legs twice.
    INSERT INTO ledger_posting (entry_id, account_id, amount_fen, at)
    SELECT DISTINCT l.entry, ledger_account_id_v1(l.kind, l.owner), l.amount, posted_at
    FROM unnest(leg_entry, leg_kind, leg_owner, leg_amount) AS l(entry, kind, owner, amount)
    WHERE all_fresh OR l.entry = ANY (fresh);

    RETURN QUERY SELECT unnest(fresh);
END
$$;
