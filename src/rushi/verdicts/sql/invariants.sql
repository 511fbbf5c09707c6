-- name: places_taken_are_held_or_used
-- A place is taken by open work and by accepted work; work accepted on appeal gave its place up when it was rejected.
SELECT b.campaign_id, b.taken, n.taken AS counted
  FROM campaigns_budget b
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.status IN ('claimed', 'started', 'submitted', 'in_review')
                               OR a.status = 'accepted' AND v.basis <> 'appeal') AS taken
      FROM dispatch_assignment a LEFT JOIN verdicts_verdict v ON v.assignment_id = a.id
     WHERE a.campaign_id = b.campaign_id) AS n
 WHERE b.taken <> n.taken;

-- name: reserved_is_what_was_promised
-- Reserved money is the units of open work and of rejections whose appeal is still possible.
SELECT b.campaign_id, b.reserved_fen, n.fen
  FROM campaigns_budget b
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(a.unit_fen), 0) AS fen
      FROM dispatch_assignment a LEFT JOIN verdicts_verdict v ON v.assignment_id = a.id
     WHERE a.campaign_id = b.campaign_id
       AND (a.status IN ('claimed', 'started', 'submitted', 'in_review')
            OR a.status = 'rejected' AND v.reserve_released_at IS NULL)) AS n
 WHERE b.reserved_fen <> n.fen;

-- name: spent_is_what_was_settled
-- Accepted work is counted and its split is what the campaign spent.
SELECT b.campaign_id, b.accepted, n.accepted AS counted, b.spent_fen, n.fen
  FROM campaigns_budget b
  CROSS JOIN LATERAL (
    SELECT count(*) AS accepted, coalesce(sum(a.reward_fen + a.commission_fen + a.fee_fen), 0) AS fen
      FROM dispatch_assignment a WHERE a.campaign_id = b.campaign_id AND a.status = 'accepted') AS n
 WHERE b.accepted <> n.accepted OR b.spent_fen <> n.fen;

-- name: accepted_work_is_settled_once
-- Every accepted assignment has its one settlement with the split fixed at the claim, and a verdict.
SELECT a.id FROM dispatch_assignment a
  LEFT JOIN verdicts_verdict v ON v.assignment_id = a.id AND v.outcome = 'accepted'
  LEFT JOIN ledger_entry e ON e.id = ledger_entry_id_v1('settlement', a.id)
   AND (e.gross_fen, e.reward_fen, e.commission_fen, e.fee_fen)
     = (a.reward_fen + a.commission_fen + a.fee_fen, a.reward_fen, a.commission_fen, a.fee_fen)
 WHERE a.status = 'accepted' AND (v.assignment_id IS NULL OR e.id IS NULL);

-- name: only_accepted_work_is_settled
-- No settlement without accepted work.
SELECT e.id FROM ledger_entry e
  LEFT JOIN dispatch_assignment a ON a.id = e.subject_id AND a.status = 'accepted'
 WHERE e.kind = 'settlement' AND a.id IS NULL;

-- name: verdict_is_the_state
-- A verdict and its assignment say the same.
SELECT a.id FROM dispatch_assignment a
  LEFT JOIN verdicts_verdict v ON v.assignment_id = a.id
 WHERE (a.status IN ('accepted', 'rejected')) <> (v.assignment_id IS NOT NULL)
    OR v.outcome <> a.status;

-- name: appeals_end_in_their_verdict
-- Upheld: rejected, money released. Overturned: accepted on appeal. Open: rejected, money kept.
SELECT p.assignment_id, p.status FROM verdicts_appeal p
  JOIN verdicts_verdict v ON v.assignment_id = p.assignment_id
 WHERE CASE p.status
         WHEN 'open' THEN v.outcome <> 'rejected' OR v.reserve_released_at IS NOT NULL
         WHEN 'upheld' THEN v.outcome <> 'rejected' OR v.reserve_released_at IS NULL
         ELSE v.outcome <> 'accepted' OR v.basis <> 'appeal' END
    OR p.decided_by = p.rejected_by;

-- name: samples_are_accepted_work
-- A re-examination draws on accepted work of its campaign, and never changes it.
SELECT s.id FROM verdicts_sampleitem s
  JOIN dispatch_assignment a ON a.id = s.assignment_id
 WHERE a.campaign_id <> s.delivery_id OR a.status <> 'accepted';
