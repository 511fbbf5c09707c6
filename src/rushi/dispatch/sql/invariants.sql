-- name: assignment_has_its_participation
-- One place a campaign and person for ever: every assignment is the one participation of its person in its campaign.
SELECT a.id FROM dispatch_assignment a
  LEFT JOIN dispatch_participation x
         ON x.id = a.id AND x.campaign_id = a.campaign_id AND x.participant_id = a.participant_id
 WHERE x.id IS NULL;

-- name: participation_has_its_assignment
-- And nobody is barred from a campaign without having held a place in it.
SELECT x.id FROM dispatch_participation x
  LEFT JOIN dispatch_assignment a ON a.id = x.id
 WHERE a.id IS NULL;

-- name: claims_of_a_day_are_counted
-- The day's counter is the number of unreturned claims, and never above the cap.
SELECT coalesce(d.participant_id, a.participant_id) AS participant_id, d.claims, a.n
  FROM dispatch_participantday d
  FULL JOIN (SELECT participant_id, day, count(*) AS n FROM dispatch_assignment
              WHERE status <> 'returned' GROUP BY participant_id, day) AS a
         ON a.participant_id = d.participant_id AND a.day = d.day
 WHERE coalesce(d.claims, 0) <> coalesce(a.n, 0) OR d.claims > 50;

-- name: price_is_the_campaigns
-- Price is fixed at the claim: the unit is the budget's, the commission none or the most, none without an agent.
SELECT a.id FROM dispatch_assignment a
  JOIN campaigns_budget b ON b.campaign_id = a.campaign_id
 WHERE a.unit_fen <> b.unit_fen
    OR a.reward_fen + a.commission_fen + a.fee_fen > a.unit_fen
    OR a.agent_id IS NULL AND a.commission_fen <> 0;

-- name: moments_are_in_order
-- claimed <= started <= submitted, within the lease.
SELECT id FROM dispatch_assignment
 WHERE started_at < claimed_at OR submitted_at < started_at OR submitted_at >= lease_expires_at
    OR status IN ('submitted', 'in_review', 'accepted', 'rejected') AND submitted_at IS NULL
    OR (closed_at IS NULL) <> (status IN ('claimed', 'started', 'submitted', 'in_review'));
