-- name: statement
-- An owner's lines, newest first, with the balance after each: today's balance less everything newer.
-- Each branch of the view is read in the order of its index and cut at the page (WITH TIES: an entry may bring two
-- lines); only then are entries looked up.
WITH top AS (
    SELECT t.* FROM (
        SELECT l.entry_id, l.account_kind, l.amount_fen, l.at
        FROM ledger_leg l
        WHERE l.owner_id = %(owner)s AND l.account_kind = ANY (%(kinds)s::varchar[])
            AND (%(at)s::timestamptz IS NULL OR (l.at, l.entry_id) <= (%(at)s::timestamptz, %(entry)s::uuid))
            AND (%(at)s::timestamptz IS NULL OR (l.at, l.entry_id, l.amount_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
        ORDER BY l.at DESC, l.entry_id DESC
        FETCH FIRST %(limit)s ROWS WITH TIES
    ) t
    ORDER BY t.at DESC, t.entry_id DESC, t.amount_fen DESC
    LIMIT %(limit)s
), present AS (
    SELECT
        (SELECT coalesce(sum(a.balance_fen), 0) FROM ledger_account a WHERE a.id = ANY (%(accounts)s::uuid[]))
        - coalesce((
            SELECT sum(l.amount_fen) FROM ledger_leg l
            WHERE %(at)s::timestamptz IS NOT NULL AND l.owner_id = %(owner)s AND l.account_kind = ANY (%(kinds)s::varchar[])
                AND (l.at, l.entry_id, l.amount_fen) >= (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint)
        ), 0) AS balance
)
SELECT t.entry_id, m.kind, m.subject_id, t.at, t.account_kind, t.amount_fen,
    (present.balance - coalesce(sum(t.amount_fen) OVER (
        ORDER BY t.at DESC, t.entry_id DESC, t.amount_fen DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0))::bigint AS balance_fen
FROM top t CROSS JOIN present
CROSS JOIN LATERAL (
    SELECT e.kind, e.subject_id FROM ledger_entry e WHERE e.id = t.entry_id
    UNION ALL SELECT 'settlement', s.id FROM ledger_settlement s WHERE s.id = t.entry_id
) m
ORDER BY t.at DESC, t.entry_id DESC, t.amount_fen DESC;

-- name: trial_balance_until
-- Balances as they were: today's less every line since the moment. An account opens with its first line.
SELECT a.kind, count(*) FILTER (WHERE a.opened_at < %(until)s) AS accounts, sum(a.balance_fen) - coalesce(min(l.fen), 0) AS balance
FROM ledger_account a
LEFT JOIN (
    SELECT account_kind, sum(amount_fen) AS fen FROM ledger_leg WHERE at >= %(until)s GROUP BY account_kind
) l ON l.account_kind = a.kind
GROUP BY a.kind;

-- name: flow
-- How much moved, by kind: the credits of the entries of a span.
SELECT e.kind, count(DISTINCT e.id) AS entries, sum(p.amount_fen) AS amount
FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id AND p.amount_fen > 0
WHERE e.at >= %(since)s AND e.at < %(until)s
GROUP BY e.kind
UNION ALL
SELECT 'settlement', count(*), sum(s.gross_fen) FROM ledger_settlement s
WHERE s.at >= %(since)s AND s.at < %(until)s HAVING count(*) > 0;

-- name: earned
-- What settlements paid into accounts: everything that was credited, less what other entries did (releases, returned
-- payouts). Those are few, so this stays quick however much was earned.
SELECT (coalesce((SELECT sum(a.credited_fen) FROM ledger_account a WHERE a.id = ANY (%(accounts)s::uuid[])), 0)
    - coalesce((SELECT sum(p.amount_fen) FROM ledger_posting p
                 WHERE p.account_id = ANY (%(accounts)s::uuid[]) AND p.amount_fen > 0), 0))::bigint AS fen;
