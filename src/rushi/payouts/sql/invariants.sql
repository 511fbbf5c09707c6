-- name: clearing_is_the_open_payouts
-- An owner's money in clearing is what they asked for and the bank has not answered.
SELECT coalesce(a.owner_id, p.owner_id) AS owner_id, coalesce(a.balance_fen, 0) AS clearing, coalesce(p.open, 0) AS open
FROM (SELECT owner_id, balance_fen FROM ledger_account WHERE kind = 'payout_clearing') a
FULL JOIN (
    SELECT owner_id, sum(gross_fen) AS open FROM payouts_payout
    WHERE status IN ('requested', 'processing') GROUP BY owner_id
) p ON p.owner_id = a.owner_id
WHERE coalesce(a.balance_fen, 0) <> coalesce(p.open, 0);

-- name: every_payout_is_in_the_books
-- Asked, paid, failed: each has exactly the entries of its state, for its amounts.
SELECT p.id, p.status FROM payouts_payout p
LEFT JOIN ledger_entry asked ON asked.id = ledger_entry_id_v1('payout_request', p.id)
LEFT JOIN ledger_entry paid ON paid.id = ledger_entry_id_v1('payout_paid', p.id)
LEFT JOIN ledger_entry failed ON failed.id = ledger_entry_id_v1('payout_failed', p.id)
WHERE asked.id IS NULL OR (paid.id IS NOT NULL) <> (p.status = 'paid') OR (failed.id IS NOT NULL) <> (p.status = 'failed');

-- name: every_payout_entry_has_its_payout
-- The other way round: no money moves to a bank without a payout.
SELECT e.id, e.kind FROM ledger_entry e LEFT JOIN payouts_payout p ON p.id = e.subject_id
WHERE e.kind IN ('payout_request', 'payout_paid', 'payout_failed') AND p.id IS NULL;

-- name: tax_payable_is_what_was_withheld
-- Tax is posted at payout only, and nothing else moves the account (no remittance is booked here yet).
SELECT t.balance, w.withheld FROM
    (SELECT coalesce(sum(balance_fen), 0) AS balance FROM ledger_account WHERE kind = 'tax_payable') t,
    (SELECT coalesce(sum(tax_fen), 0) AS withheld FROM payouts_payout WHERE status = 'paid') w
WHERE t.balance <> w.withheld;

-- name: bank_files_add_up
-- A file that was not cancelled pays exactly the payouts it was made from.
SELECT f.id, f.payout_count, f.total_fen FROM payouts_bankfile f LEFT JOIN payouts_payout p ON p.bank_file_id = f.id
WHERE f.status <> 'cancelled'
GROUP BY f.id HAVING count(p.id) <> f.payout_count OR coalesce(sum(p.net_fen), 0) <> f.total_fen;

-- name: two_people_for_every_bank_file
-- Who made it did not release it; what the bank has was released.
SELECT f.id FROM payouts_bankfile f
WHERE f.released_by = f.made_by OR (f.status IN ('released', 'closed') AND f.released_by IS NULL);

-- name: payouts_are_in_the_outbox
-- What the bank has paid since the log last caught up waits there.
SELECT p.id FROM payouts_payout p
LEFT JOIN transparency_waiting o ON o.subject_id = p.id AND o.kind = 'payout'
WHERE p.status = 'paid' AND o.at IS NULL
    AND p.settled_at > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity');
