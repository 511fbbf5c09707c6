-- Moves a participant's whole pending balance to available, once a subject; answers the fen moved (0: nothing
-- was pending, or this subject was released before). Locks both accounts in ascending id before it reads.
CREATE FUNCTION ledger_release_v2(participant uuid, subject uuid, actor uuid, posted_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    pending bigint;
    entry uuid := ledger_entry_id_v1('release', subject);
BEGIN
    PERFORM 1 FROM ledger_account a
    WHERE a.id IN (
        ledger_account_id_v1('participant_pending', participant), ledger_account_id_v1('participant_available', participant)
    )
    ORDER BY a.id FOR NO KEY UPDATE;
    SELECT a.balance_fen INTO pending FROM ledger_account a
    WHERE a.id = ledger_account_id_v1('participant_pending', participant);
    IF coalesce(pending, 0) = 0 OR EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = entry) THEN
        RETURN 0;
    END IF;
    PERFORM ledger_post_v2(
        ARRAY[entry], ARRAY['release'], ARRAY[subject], actor, posted_at,
        ARRAY[entry, entry], ARRAY['participant_pending', 'participant_available'],
        ARRAY[participant, participant], ARRAY[-pending, pending]
    );
    RETURN pending;
END
$$;
