-- All rewards ever paid to participants: what was credited to them, less what only moved on (released after a check)
-- or came back (a payout the bank returned). Those are few, so this stays quick however many tasks were settled.
CREATE FUNCTION ledger_rewards_paid_v1() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (
        coalesce((
            SELECT sum(a.credited_fen) FROM ledger_account a
            WHERE a.kind IN ('participant_pending', 'participant_available')
        ), 0) - coalesce((
            SELECT sum(p.amount_fen)
            FROM ledger_entry e
            JOIN ledger_posting p ON p.entry_id = e.id AND p.amount_fen > 0
            JOIN ledger_account a ON a.id = p.account_id AND a.kind = 'participant_available'
            WHERE e.kind IN ('release', 'payout_failed')
        ), 0)
    )::bigint
$$;
