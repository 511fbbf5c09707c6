-- name: every_entry_balances
-- Two postings at least, and they sum to zero.
SELECT e.id, e.kind, count(p.entry_id) AS postings, coalesce(sum(p.amount_fen), 0) AS total
FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
GROUP BY e.id HAVING count(p.entry_id) < 2 OR coalesce(sum(p.amount_fen), 0) <> 0;

-- name: every_posting_has_entry_and_account
-- The statement-level trigger stands in for foreign keys; this looks behind it.
SELECT p.entry_id, p.account_id FROM ledger_posting p
LEFT JOIN ledger_entry e ON e.id = p.entry_id LEFT JOIN ledger_account a ON a.id = p.account_id
WHERE e.id IS NULL OR a.id IS NULL OR e.at <> p.at;

-- name: every_balance_is_the_sum_of_its_postings
-- Both the balance and everything that ever came in.
SELECT a.id, a.kind, a.balance_fen, a.credited_fen, coalesce(p.total, 0) AS postings, coalesce(p.credit, 0) AS credits
FROM ledger_account a LEFT JOIN (
    SELECT account_id, sum(amount_fen) AS total, sum(greatest(amount_fen, 0)) AS credit
    FROM ledger_posting GROUP BY account_id
) p ON p.account_id = a.id
WHERE a.balance_fen <> coalesce(p.total, 0) OR a.credited_fen <> coalesce(p.credit, 0);

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
-- gross from escrow = reward + commission + fee, each to the account it belongs to.
SELECT e.id, e.gross_fen, e.reward_fen, e.commission_fen, e.fee_fen
FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id JOIN ledger_account a ON a.id = p.account_id
WHERE e.kind = 'settlement'
GROUP BY e.id
HAVING e.gross_fen <> e.reward_fen + e.commission_fen + e.fee_fen
    OR coalesce(sum(p.amount_fen) FILTER (WHERE a.kind = 'escrow'), 0) <> -e.gross_fen
    OR coalesce(sum(p.amount_fen) FILTER (WHERE a.kind IN ('participant_available', 'participant_pending')), 0) <> e.reward_fen
    OR coalesce(sum(p.amount_fen) FILTER (WHERE a.kind = 'agent_available'), 0) <> e.commission_fen
    OR coalesce(sum(p.amount_fen) FILTER (WHERE a.kind = 'platform_fee'), 0) <> e.fee_fen;

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
SELECT e.id FROM ledger_entry e LEFT JOIN transparency_outbox o ON o.subject_id = e.subject_id AND o.kind = 'refund'
WHERE e.kind = 'refund' AND o.at IS NULL
    AND e.at > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity');
