-- name: budget_is_places_times_unit_and_reserve
-- A budget covers every place at its full price, so no claim can ever be admitted without money behind it.
SELECT campaign_id, places, unit_fen, budget_fen
  FROM campaigns_budget
 WHERE budget_fen < places * unit_fen;

-- name: budget_never_overspent
-- Promised, spent and refunded money together never exceed the budget, and none is negative.
SELECT campaign_id, budget_fen, reserved_fen, spent_fen, refunded_fen
  FROM campaigns_budget
 WHERE reserved_fen + spent_fen + refunded_fen > budget_fen OR least(reserved_fen, spent_fen, refunded_fen) < 0;

-- name: places_never_oversold
-- Taken places stay within the places, and accepted work sits on taken places (overturned rejections need none).
SELECT campaign_id, places, taken, accepted, overturned
  FROM campaigns_budget
 WHERE taken > places OR accepted - overturned > taken OR overturned > accepted;

-- name: escrow_equals_the_rest_of_the_budget
-- What the books hold for a campaign is exactly its budget less what was spent and refunded.
SELECT b.campaign_id, b.budget_fen - b.spent_fen - b.refunded_fen AS expected_fen, coalesce(a.balance_fen, 0) AS escrow_fen
  FROM campaigns_budget b
  LEFT JOIN ledger_account a ON a.kind = 'escrow' AND a.owner_id = b.campaign_id
 WHERE coalesce(a.balance_fen, 0) <> b.budget_fen - b.spent_fen - b.refunded_fen;

-- name: only_live_campaigns_are_open
-- A place can be claimed in a live campaign only.
SELECT b.campaign_id, c.status
  FROM campaigns_budget b
  JOIN campaigns_campaign c ON c.id = b.campaign_id
 WHERE b.is_open <> (c.status = 'live');

-- name: money_only_after_approval
-- From funding on a campaign has a budget at its own price and an approved content; before it has none.
SELECT c.id, c.status
  FROM campaigns_campaign c
  LEFT JOIN campaigns_budget b ON b.campaign_id = c.id
 WHERE (c.status IN ('funded', 'live', 'paused', 'closing')
        AND (b.campaign_id IS NULL OR c.approved_digest = ''
             OR b.unit_fen <> c.reward_fen + c.commission_fen_max + c.fee_fen))
    OR (c.status IN ('draft', 'in_review', 'rejected', 'approved') AND b.campaign_id IS NOT NULL);

-- name: closed_means_nothing_left
-- A closed campaign promises nothing and holds nothing.
SELECT b.campaign_id, b.budget_fen, b.reserved_fen, b.spent_fen, b.refunded_fen
  FROM campaigns_budget b
  JOIN campaigns_campaign c ON c.id = b.campaign_id
 WHERE c.status = 'closed' AND (b.reserved_fen <> 0 OR b.budget_fen <> b.spent_fen + b.refunded_fen);
