-- name: every_entry_balances
-- Plain entries: two postings at least, and they sum to zero. (Settlements: every_settlement_is_its_split.)
SELECT e.id, e.kind, count(p.entry_id) AS postings, coalesce(sum(p.amount_fen), 0) AS total
FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
GROUP BY e.id HAVING count(p.entry_id) < 2 OR coalesce(sum(p.amount_fen), 0) <> 0;

-- name: every_posting_has_entry_and_account
-- The statement-level trigger stands in for foreign keys; this looks behind it.
SELECT p.entry_id, p.account_id FROM ledger_posting p
LEFT JOIN ledger_entry e ON e.id = p.entry_id LEFT JOIN ledger_account a ON a.id = p.account_id
WHERE e.id IS NULL OR a.id IS NULL OR e.at <> p.at;

-- name: every_balance_is_the_sum_of_its_postings
-- Both the balance and everything that ever came in; lines of an account that does not exist show too. Legs are added
-- up by owner before their account's id is made, so that a million settlements cost a pass and no function call each.
SELECT coalesce(a.id, l.account_id) AS id, coalesce(a.kind, l.kind) AS kind, a.balance_fen, a.credited_fen, l.total, l.credit
FROM ledger_account a FULL JOIN (
    SELECT u.account_id, min(u.kind) AS kind, sum(u.total) AS total, sum(u.credit) AS credit
    FROM (
        SELECT account_id, NULL AS kind, sum(amount_fen) AS total, sum(greatest(amount_fen, 0)) AS credit
        FROM ledger_posting GROUP BY account_id
        UNION ALL
        SELECT ledger_account_id_v1(g.kind, g.owner), g.kind, g.total, greatest(g.total, 0)
        FROM (
            SELECT 'escrow' AS kind, escrow_owner AS owner, -sum(gross_fen) AS total FROM ledger_settlement GROUP BY escrow_owner
            UNION ALL
            SELECT payee_kind, payee_owner, sum(reward_fen) FROM ledger_settlement GROUP BY payee_kind, payee_owner
            UNION ALL
            SELECT 'agent_available', agent_owner, sum(commission_fen) FROM ledger_settlement WHERE commission_fen <> 0 GROUP BY agent_owner
            UNION ALL
            SELECT 'platform_fee', ledger_fee_owner_v1(fee_shard), sum(fee_fen) FROM ledger_settlement GROUP BY fee_shard
        ) g WHERE g.total <> 0
    ) u GROUP BY u.account_id
) l ON l.account_id = a.id
WHERE a.id IS NULL OR a.balance_fen <> coalesce(l.total, 0) OR a.credited_fen <> coalesce(l.credit, 0);

-- name: the_books_sum_to_zero
-- What the market owes and earned is what lies in the bank.
SELECT sum(balance_fen) AS total FROM ledger_account HAVING coalesce(sum(balance_fen), 0) <> 0;

-- name: the_bank_mirrors_the_rest
-- Said separately, because a missing bank account would hide in a zero.
SELECT b.bank, o.others FROM
    (SELECT coalesce(sum(balance_fen), 0) AS bank FROM ledger_account WHERE kind = 'bank') b,
    (SELECT coalesce(sum(balance_fen), 0) AS others FROM ledger_account WHERE kind <> 'bank') o
WHERE b.bank <> -o.others;

-- name: no_balance_is_negative
-- The bank is the mirror and never positive; everybody else is never below zero.
SELECT id, kind, balance_fen FROM ledger_account
WHERE CASE WHEN kind = 'bank' THEN balance_fen > 0 ELSE balance_fen < 0 END;

-- name: every_settlement_is_its_split
-- gross from escrow = reward + commission + fee, none negative, an agent when and only when there is a commission.
-- A constraint says so; this looks behind it. The fee lies in its campaign's shard, or in the one account of before.
SELECT id, gross_fen, reward_fen, commission_fen, fee_fen, fee_shard FROM ledger_settlement
WHERE gross_fen <> reward_fen + commission_fen + fee_fen OR reward_fen <= 0 OR commission_fen < 0 OR fee_fen < 0
    OR (agent_owner IS NULL) <> (commission_fen = 0)
    OR payee_kind NOT IN ('participant_available', 'participant_pending')
    OR fee_shard <> 0 AND fee_shard <> ledger_fee_shard_v1(escrow_owner);

-- name: no_settlement_hides_among_plain_entries
-- Paying for work has one form.
SELECT id FROM ledger_entry WHERE kind = 'settlement';

-- name: ids_derive_from_what_they_stand_for
-- The exactly-once of the books rests on it.
SELECT id FROM ledger_account WHERE id <> ledger_account_id_v1(kind, owner_id)
UNION ALL SELECT id FROM ledger_entry WHERE id <> ledger_entry_id_v1(kind, subject_id);

-- name: confirmed_deposits_are_in_the_books
-- A deposit has its entry when, and only when, finance confirmed it, for the same amount and owner.
SELECT d.id, d.status, d.amount_fen, p.amount_fen AS posted
FROM ledger_deposit d LEFT JOIN ledger_posting p
    ON p.entry_id = ledger_entry_id_v1('deposit', d.id) AND p.account_id = ledger_account_id_v1('advertiser', d.owner_id)
WHERE (d.status = 'confirmed') <> (p.amount_fen IS NOT NULL) OR p.amount_fen <> d.amount_fen;

-- name: every_deposit_entry_has_its_deposit
-- Money cannot appear without a deposit that somebody asked for and finance confirmed.
SELECT e.id FROM ledger_entry e LEFT JOIN ledger_deposit d ON d.id = e.subject_id AND d.status = 'confirmed'
WHERE e.kind = 'deposit' AND d.id IS NULL;

-- name: refunds_are_in_the_outbox
-- What campaigns got back since the log last caught up waits there.
SELECT e.id FROM ledger_entry e LEFT JOIN transparency_waiting o ON o.subject_id = e.subject_id AND o.kind = 'refund'
WHERE e.kind = 'refund' AND o.at IS NULL
    AND e.at > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity');
