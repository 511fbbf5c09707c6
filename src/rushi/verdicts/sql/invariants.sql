-- name: budgets_are_what_their_assignments_make_them
-- One pass over all work. A place is taken by open work and by accepted work (work accepted on appeal gave its place up
-- when it was rejected); reserved is the unit of open work and of rejections whose appeal is still possible; accepted
-- work is counted, and its split is what the campaign spent.
SELECT b.campaign_id, b.taken, n.taken AS n_taken, b.reserved_fen, n.reserved_fen AS n_reserved_fen,
       b.accepted, n.accepted AS n_accepted, b.overturned, n.overturned AS n_overturned, b.spent_fen, n.spent_fen AS n_spent_fen
  FROM campaigns_budget b
  LEFT JOIN (
    SELECT a.campaign_id,
           count(*) FILTER (WHERE a.is_open OR a.status = 'accepted' AND a.basis IS DISTINCT FROM 'appeal') AS taken,
           coalesce(sum(a.unit_fen) FILTER (
             WHERE a.is_open OR a.status = 'rejected' AND a.reserve_released_at IS NULL), 0) AS reserved_fen,
           count(*) FILTER (WHERE a.status = 'accepted') AS accepted,
           count(*) FILTER (WHERE a.status = 'accepted' AND a.basis = 'appeal') AS overturned,
           coalesce(sum(a.reward_fen + a.commission_fen + a.fee_fen) FILTER (WHERE a.status = 'accepted'), 0) AS spent_fen
      FROM (SELECT w.*, w.status IN ('claimed', 'started', 'submitted', 'in_review') AS is_open, v.basis,
                   v.reserve_released_at
              FROM dispatch_assignment w LEFT JOIN verdicts_verdict v ON v.assignment_id = w.id) AS a
     GROUP BY a.campaign_id) AS n ON n.campaign_id = b.campaign_id
 WHERE (b.taken, b.reserved_fen, b.accepted, b.overturned, b.spent_fen)
    <> (coalesce(n.taken, 0), coalesce(n.reserved_fen, 0), coalesce(n.accepted, 0), coalesce(n.overturned, 0),
        coalesce(n.spent_fen, 0));

-- name: accepted_work_is_settled_once
-- Every accepted assignment has its one settlement, of its campaign for its person (and their agent), with the split
-- fixed at the claim, and a verdict.
SELECT a.id FROM dispatch_assignment a
  LEFT JOIN verdicts_verdict v ON v.assignment_id = a.id AND v.outcome = 'accepted'
  LEFT JOIN ledger_settlement s ON s.id = a.id
 WHERE a.status = 'accepted'
   AND (v.assignment_id IS NULL OR s.id IS NULL OR s.escrow_owner <> a.campaign_id OR s.payee_owner <> a.participant_id
        OR s.reward_fen <> a.reward_fen OR s.commission_fen <> a.commission_fen OR s.fee_fen <> a.fee_fen
        OR s.commission_fen > 0 AND s.agent_owner IS DISTINCT FROM a.agent_id);

-- name: only_accepted_work_is_settled
-- No settlement without accepted work.
SELECT s.id FROM ledger_settlement s
  LEFT JOIN dispatch_assignment a ON a.id = s.id AND a.status = 'accepted'
 WHERE a.id IS NULL;

-- name: verdict_is_the_state
-- A verdict and its assignment say the same, and neither is without the other.
SELECT coalesce(a.id, v.assignment_id) AS assignment_id, a.status, v.outcome
  FROM (SELECT id, status FROM dispatch_assignment WHERE status IN ('accepted', 'rejected')) AS a
  FULL JOIN verdicts_verdict v ON v.assignment_id = a.id
 WHERE a.status IS DISTINCT FROM v.outcome;

-- name: verdicts_are_in_the_outbox
-- Whatever was decided since the log last caught up waits there: acceptance with its settlement, or rejection.
SELECT v.assignment_id, v.outcome
  FROM verdicts_verdict v
  LEFT JOIN transparency_waiting o
         ON o.subject_id = v.assignment_id
        AND o.kind = CASE v.outcome WHEN 'accepted' THEN 'settlement' ELSE 'rejection' END
 WHERE v.decided_at > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity')
   AND o.at IS DISTINCT FROM v.decided_at;

-- name: the_outbox_says_nothing_untrue
-- No leaf will claim a settlement, a rejection or an appeal's outcome that never was.
SELECT o.subject_id, o.kind
  FROM transparency_waiting o
  LEFT JOIN verdicts_verdict v ON v.assignment_id = o.subject_id
  LEFT JOIN verdicts_appeal p ON p.assignment_id = o.subject_id
 WHERE CASE o.kind WHEN 'settlement' THEN v.outcome IS DISTINCT FROM 'accepted'
                   WHEN 'rejection' THEN v.outcome IS DISTINCT FROM 'rejected' AND v.basis IS DISTINCT FROM 'appeal'
                   WHEN 'appeal' THEN p.decided_at IS DISTINCT FROM o.at END;

-- name: appeals_are_in_the_outbox
-- A decided appeal waits for its leaf; one that was won also left the rejection there.
SELECT p.assignment_id, p.status
  FROM verdicts_appeal p
  LEFT JOIN transparency_waiting o ON o.subject_id = p.assignment_id AND o.kind = 'appeal'
  LEFT JOIN transparency_waiting r ON r.subject_id = p.assignment_id AND r.kind = 'rejection'
 WHERE p.opened_at > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity')
   AND (r.at IS NULL OR p.status <> 'open' AND o.at IS NULL);

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

-- name: rejections_are_counted
-- What a report says about rejections is what verdicts say, appeals that were won taken off.
SELECT campaign_id, code, sum(n) AS too_many
  FROM (SELECT campaign_id, key AS code, n FROM evidence_tally WHERE topic = 'rejected'
         UNION ALL
        SELECT a.campaign_id, v.code, -1 FROM verdicts_verdict v JOIN dispatch_assignment a ON a.id = v.assignment_id
         WHERE v.outcome = 'rejected') AS x
 GROUP BY campaign_id, code
HAVING sum(n) <> 0;
