-- name: statement
-- An owner's lines, newest first, with the balance after each: today's balance less everything newer.
-- The branches of ledger_leg are written out here: each is read in the order of its own index and cut at the page
-- (a settlement has one line a branch); only then are entries looked up. Fees have no index of their own: they are read
-- from `since` on (ledger_since_v1), in no order, by the index of moments.
WITH top AS (
    SELECT u.entry_id, u.account_kind, u.amount_fen, u.at FROM (
        (SELECT p.entry_id, a.kind AS account_kind, p.amount_fen, p.at
        FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
        WHERE a.id = ANY (%(accounts)s::uuid[])
            AND (%(at)s::timestamptz IS NULL OR (p.at, p.entry_id, p.amount_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
        ORDER BY p.at DESC, p.entry_id DESC, p.amount_fen DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT s.id, 'escrow', -s.gross_fen, s.at FROM ledger_settlement s
        WHERE 'escrow' = ANY (%(kinds)s::varchar[]) AND s.escrow_owner = %(owner)s
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id) <= (%(at)s::timestamptz, %(entry)s::uuid))
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id, -s.gross_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
        ORDER BY s.at DESC, s.id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT s.id, s.payee_kind, s.reward_fen, s.at FROM ledger_settlement s
        WHERE s.payee_kind = ANY (%(kinds)s::varchar[]) AND s.payee_owner = %(owner)s
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id) <= (%(at)s::timestamptz, %(entry)s::uuid))
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id, s.reward_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
        ORDER BY s.at DESC, s.id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT s.id, 'agent_available', s.commission_fen, s.at FROM ledger_settlement s
        WHERE 'agent_available' = ANY (%(kinds)s::varchar[]) AND s.agent_owner = %(owner)s
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id) <= (%(at)s::timestamptz, %(entry)s::uuid))
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id, s.commission_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
        ORDER BY s.at DESC, s.id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT s.id, 'platform_fee', s.fee_fen, s.at FROM ledger_settlement s
        WHERE 'platform_fee' = ANY (%(kinds)s::varchar[]) AND s.fee_fen > 0 AND ledger_fee_owner_v1(s.fee_shard) = %(owner)s
            AND s.at >= %(since)s AND s.at <= coalesce(%(at)s::timestamptz, 'infinity')
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id) <= (%(at)s::timestamptz, %(entry)s::uuid))
            AND (%(at)s::timestamptz IS NULL OR (s.at, s.id, s.fee_fen) < (%(at)s::timestamptz, %(entry)s::uuid, %(amount)s::bigint))
        ORDER BY s.at DESC, s.id DESC LIMIT %(limit)s)
    ) u
    ORDER BY u.at DESC, u.entry_id DESC, u.amount_fen DESC
    LIMIT %(limit)s
), present AS (
    SELECT
        (SELECT coalesce(sum(a.balance_fen), 0) FROM ledger_account a WHERE a.id = ANY (%(accounts)s::uuid[]))
        - coalesce((
            SELECT sum(l.amount_fen) FROM ledger_leg l
            WHERE %(at)s::timestamptz IS NOT NULL AND l.owner_id = %(owner)s AND l.account_kind = ANY (%(kinds)s::varchar[])
                AND l.at >= %(at)s::timestamptz
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
