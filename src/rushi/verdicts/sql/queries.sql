-- name: facts
-- What a verdict may know about work handed in: attention, recall, time. Opinions are in another table, never read.
SELECT s.assignment_id, a.campaign_id, s.coverage_bps, s.hidden_ms, s.refused_ms, s.overlap_ms, s.answer_ms,
       s.recall_asked, s.recall_right
  FROM evidence_submission s
  JOIN dispatch_assignment a ON a.id = s.assignment_id
 WHERE s.assignment_id = ANY (%(ids)s)
 ORDER BY s.assignment_id;

-- name: submitted
-- Work that nobody has judged yet, oldest first.
SELECT u.assignment_id AS id FROM dispatch_undecided u
 WHERE u.status = 'submitted'
   AND EXISTS (SELECT FROM evidence_submission s WHERE s.assignment_id = u.assignment_id)
 ORDER BY u.due_at, u.assignment_id LIMIT %(limit)s;

-- name: overdue
-- Work whose deadline passed undecided: silence accepts it.
SELECT u.assignment_id AS id FROM dispatch_undecided u
 WHERE u.due_at <= %(at)s
 ORDER BY u.due_at, u.assignment_id LIMIT %(limit)s;

-- name: oldest_at_issue
-- The oldest work about which somebody may still ask how its facts came about: undecided, rejected within the appeal
-- window, appealed, or drawn for a re-examination. Each part is a short list (OFFSET 0: by its own index, never along
-- all verdicts in the order of their keys).
SELECT w.id FROM (
    (SELECT u.assignment_id AS id FROM dispatch_undecided u ORDER BY 1 LIMIT 1)
    UNION ALL
    (SELECT r.assignment_id FROM (
        SELECT v.assignment_id FROM verdicts_verdict v
         WHERE v.outcome = 'rejected' AND v.reserve_released_at IS NULL OFFSET 0) AS r
      ORDER BY 1 LIMIT 1)
    UNION ALL
    (SELECT p.assignment_id FROM verdicts_appeal p WHERE p.status = 'open' ORDER BY 1 LIMIT 1)
    UNION ALL
    (SELECT s.assignment_id FROM verdicts_sampleitem s WHERE s.is_faulty IS NULL ORDER BY 1 LIMIT 1)) AS w
 ORDER BY 1 LIMIT 1;

-- name: reserves_due
-- Rejections whose appeal window ended without an open appeal.
SELECT v.assignment_id AS id FROM verdicts_verdict v
 WHERE v.outcome = 'rejected' AND v.reserve_released_at IS NULL AND v.appeal_until <= %(at)s
   AND NOT EXISTS (SELECT FROM verdicts_appeal p WHERE p.assignment_id = v.assignment_id AND p.status = 'open')
 ORDER BY v.appeal_until, v.assignment_id LIMIT %(limit)s;

-- name: open_deliveries
-- Campaigns at their end with nothing left to work on or to decide await the advertiser's word, once: the places
-- taken are then those of accepted work (work accepted on appeal sits on none).
INSERT INTO verdicts_delivery (campaign_id, status, opened_at, due_at, reason, note, sample_size, sample_faults)
SELECT c.id, 'awaiting', %(at)s, %(due_at)s, '', '', 0, 0
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id AND b.accepted > 0 AND b.taken = b.accepted - b.overturned
 WHERE c.status IN ('closing', 'closed')
   AND NOT EXISTS (SELECT FROM verdicts_delivery d WHERE d.campaign_id = c.id)
    ON CONFLICT (campaign_id) DO NOTHING
RETURNING campaign_id;

-- name: draw_sample
-- A simple random sample of the accepted work of a disputed delivery.
INSERT INTO verdicts_sampleitem (delivery_id, assignment_id)
SELECT %(campaign)s, a.id
  FROM dispatch_assignment a
 WHERE a.campaign_id = %(campaign)s AND a.status = 'accepted'
 ORDER BY random() LIMIT %(size)s
RETURNING id;

-- name: held_without_reason
-- Pay still waiting for a check though the person's standing is in order again (a settlement that raced the restore).
SELECT a.owner_id AS id FROM ledger_account a
  JOIN identity_participant p ON p.user_id = a.owner_id AND p.standing = 'active'
 WHERE a.kind = 'participant_pending' AND a.balance_fen > 0
 ORDER BY a.owner_id LIMIT %(limit)s;
