-- name: escrow_totals
-- Books against budgets over all campaigns that ever had money.
SELECT count(*) AS campaigns, coalesce(sum(t.expected), 0) AS expected, coalesce(sum(t.escrow), 0) AS escrow,
    count(*) FILTER (WHERE t.expected <> t.escrow) AS differing
FROM (
    SELECT b.budget_fen - b.spent_fen - b.refunded_fen AS expected, coalesce(a.balance_fen, 0) AS escrow
    FROM campaigns_budget b LEFT JOIN ledger_account a ON a.id = ledger_account_id_v1('escrow', b.campaign_id)
) t;

-- name: escrow_rows
-- The same per campaign; what differs comes first.
SELECT b.campaign_id, c.title, c.status, o.name AS organisation, b.budget_fen, b.spent_fen, b.refunded_fen,
    b.budget_fen - b.spent_fen - b.refunded_fen AS expected_fen, coalesce(a.balance_fen, 0) AS escrow_fen
FROM campaigns_budget b
JOIN campaigns_campaign c ON c.id = b.campaign_id
JOIN identity_organisation o ON o.id = c.organisation_id
LEFT JOIN ledger_account a ON a.id = ledger_account_id_v1('escrow', b.campaign_id)
ORDER BY abs(coalesce(a.balance_fen, 0) - (b.budget_fen - b.spent_fen - b.refunded_fen)) DESC,
    b.budget_fen - b.spent_fen - b.refunded_fen DESC, b.campaign_id
LIMIT %(limit)s OFFSET %(offset)s;
