-- name: assignments_are_the_participations
-- One place a campaign and person for ever: every assignment is the one participation of its person in its campaign,
-- and nobody is barred from a campaign without having held a place in it. One pass over both.
SELECT coalesce(a.id, x.id) AS id
  FROM dispatch_assignment a
  FULL JOIN dispatch_participation x ON x.id = a.id
 WHERE x.id IS NULL OR a.id IS NULL OR x.campaign_id <> a.campaign_id OR x.participant_id <> a.participant_id;

-- name: days_count_what_they_hold
-- A day's counters are its unreturned claims, never above the cap, and the reward of what is open or was accepted.
SELECT coalesce(d.participant_id, a.participant_id) AS participant_id, d.claims, d.excess, d.held_fen, a.n, a.fen
  FROM dispatch_participantday d
  FULL JOIN (SELECT participant_id, day, count(*) FILTER (WHERE status <> 'returned') AS n,
                    coalesce(sum(reward_fen) FILTER (WHERE status NOT IN ('returned', 'expired', 'rejected')), 0) AS fen
               FROM dispatch_assignment GROUP BY participant_id, day) AS a
         ON a.participant_id = d.participant_id AND a.day = d.day
 WHERE coalesce(d.claims, 0) <> coalesce(a.n, 0) OR coalesce(d.held_fen, 0) <> coalesce(a.fen, 0)
    OR d.claims > 50 OR d.excess <> 0;

-- name: undecided_is_what_waits
-- Desks and deadlines read all that waits for a decision, and nothing else.
SELECT coalesce(a.id, u.assignment_id) AS id, a.status, u.status AS listed
  FROM (SELECT id, status, decision_due_at, campaign_id, participant_id, agent_id
          FROM dispatch_assignment WHERE status IN ('submitted', 'in_review')) AS a
  FULL JOIN dispatch_undecided u ON u.assignment_id = a.id
 WHERE (a.status, a.decision_due_at, a.campaign_id, a.participant_id, a.agent_id)
       IS DISTINCT FROM (u.status, u.due_at, u.campaign_id, u.participant_id, u.agent_id);

-- name: hot_rows_point_at_something
-- What no foreign key checks row by row: campaign, person and agent of an assignment, and the person of a day.
SELECT a.id FROM dispatch_assignment a
  LEFT JOIN identity_participant p ON p.user_id = a.participant_id
  LEFT JOIN identity_agent g ON g.id = a.agent_id
 WHERE p.user_id IS NULL OR g.id IS NULL AND a.agent_id IS NOT NULL;

-- name: price_is_the_campaigns
-- Price is fixed at the claim: the unit is the budget's, the commission none or the most, none without an agent.
SELECT a.id FROM dispatch_assignment a
  LEFT JOIN campaigns_budget b ON b.campaign_id = a.campaign_id
 WHERE b.campaign_id IS NULL OR a.unit_fen <> b.unit_fen
    OR a.reward_fen + a.commission_fen + a.fee_fen > a.unit_fen
    OR a.agent_id IS NULL AND a.commission_fen <> 0;

-- name: moments_are_in_order
-- claimed <= started <= submitted, within the lease.
SELECT id FROM dispatch_assignment
 WHERE started_at < claimed_at OR submitted_at < started_at OR submitted_at >= lease_expires_at
    OR status IN ('submitted', 'in_review', 'accepted', 'rejected') AND submitted_at IS NULL
    OR (closed_at IS NULL) <> (status IN ('claimed', 'started', 'submitted', 'in_review'));
