-- name: statement
-- An owner's lines, newest first, with the balance after each: today's balance less everything newer.
-- One index scan an account (account_id, at, entry_id); the page is cut before entries are looked up.
WITH top AS (
    SELECT p.entry_id, p.account_id, p.amount_fen, p.at
    FROM ledger_posting p
    WHERE p.account_id = ANY (%(accounts)s::uuid[])
        AND (%(at)s::timestamptz IS NULL OR (p.at, p.entry_id, p.amount_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
    ORDER BY p.at DESC, p.entry_id DESC, p.amount_fen DESC
    LIMIT %(limit)s
), present AS (
    SELECT
        (SELECT coalesce(sum(a.balance_fen), 0) FROM ledger_account a WHERE a.id = ANY (%(accounts)s::uuid[]))
        - coalesce((
            SELECT sum(p.amount_fen) FROM ledger_posting p
            WHERE %(at)s::timestamptz IS NOT NULL AND p.account_id = ANY (%(accounts)s::uuid[])
                AND (p.at, p.entry_id, p.amount_fen) >= (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint)
        ), 0) AS balance
)
SELECT t.entry_id, e.kind, e.subject_id, t.at, a.kind AS account_kind, t.amount_fen,
    (present.balance - coalesce(sum(t.amount_fen) OVER (
        ORDER BY t.at DESC, t.entry_id DESC, t.amount_fen DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0))::bigint AS balance_fen
FROM top t CROSS JOIN present
JOIN ledger_entry e ON e.id = t.entry_id JOIN ledger_account a ON a.id = t.account_id
ORDER BY t.at DESC, t.entry_id DESC, t.amount_fen DESC;

-- name: trial_balance_until
-- Balances as they were: the sum of all postings before a moment.
SELECT a.kind, count(DISTINCT a.id) AS accounts, sum(p.amount_fen) AS balance
FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
WHERE p.at < %(until)s
GROUP BY a.kind;

-- name: flow
-- How much moved, by kind: the credits of the entries of a span.
SELECT e.kind, count(DISTINCT e.id) AS entries, sum(p.amount_fen) AS amount
FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id AND p.amount_fen > 0
WHERE e.at >= %(since)s AND e.at < %(until)s
GROUP BY e.kind;

-- name: earned
-- What settlements paid into an owner's accounts: releases and returned payouts do not count again.
SELECT coalesce(sum(p.amount_fen), 0)::bigint AS fen
FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id AND e.kind = 'settlement'
WHERE p.account_id = ANY (%(accounts)s::uuid[]);
