-- Posts entries, exactly once each. Arrays in: entries (id, kind, subject, and the split of a settlement, else
-- null) and their legs (entry, account kind, owner, amount). Answers the ids newly posted; an id that is in the
-- books already is skipped when its postings are the same, and RU102 when they are not.
-- The only way to write the books: it runs with the owner's rights and the application may only read them.
-- Locks every account of the batch in ascending id (creating the missing ones in the same pass), so concurrent
-- batches never deadlock and the second of two equal batches sees what the first posted.
-- Raises RU101 insufficient balance, RU102 same entry with other postings, RU103 unbalanced.
CREATE FUNCTION ledger_post_v1(
    entry_ids uuid[], kinds text[], subjects uuid[], actor uuid, posted_at timestamptz,
    gross bigint[], reward bigint[], commission bigint[], fee bigint[],
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
    -- A settlement's split must be its legs. One grouped pass over both (a join of two arrays would be quadratic).
    SELECT s.id INTO wrong
    FROM (
        SELECT u.id, true AS settles, u.gross AS escrow, -u.reward AS person, -u.commission AS agent, -u.fee AS platform
        FROM unnest(entry_ids, kinds, gross, reward, commission, fee) AS u(id, kind, gross, reward, commission, fee)
        WHERE u.kind = 'settlement'
        UNION ALL
        SELECT l.entry, false,
            CASE WHEN l.kind = 'escrow' THEN l.amount ELSE 0 END,
            CASE WHEN l.kind IN ('participant_available', 'participant_pending') THEN l.amount ELSE 0 END,
            CASE WHEN l.kind = 'agent_available' THEN l.amount ELSE 0 END,
            CASE WHEN l.kind = 'platform_fee' THEN l.amount ELSE 0 END
        FROM unnest(leg_entry, leg_kind, leg_amount) AS l(entry, kind, amount)
    ) s
    GROUP BY s.id
    HAVING bool_or(s.settles)
        AND (sum(s.escrow), sum(s.person), sum(s.agent), sum(s.platform)) IS DISTINCT FROM (0, 0, 0, 0)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the split of entry % is not its postings', wrong USING ERRCODE = 'RU103';
    END IF;

    INSERT INTO ledger_account (id, kind, owner_id, balance_fen, credited_fen, opened_at)
    SELECT ledger_account_id_v1(l.kind, l.owner) AS id, l.kind, l.owner, 0, 0, posted_at
    FROM (SELECT DISTINCT u.kind, u.owner FROM unnest(leg_kind, leg_owner) AS u(kind, owner)) l
    ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET balance_fen = ledger_account.balance_fen WHERE false;

    WITH written AS (
        INSERT INTO ledger_entry (id, kind, subject_id, actor_id, at, gross_fen, reward_fen, commission_fen, fee_fen)
        SELECT DISTINCT ON (u.id) u.id, u.kind, u.subject, actor, posted_at, u.gross, u.reward, u.commission, u.fee
        FROM unnest(entry_ids, kinds, subjects, gross, reward, commission, fee)
            AS u(id, kind, subject, gross, reward, commission, fee)
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
