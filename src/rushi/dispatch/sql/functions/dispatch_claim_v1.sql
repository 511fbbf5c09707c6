-- Claims places for a whole batch: request n asks for a place of campaigns[n] for participants[n] under the id
-- assignment_ids[n]. One row an item comes back, in order: claimed | already (existing_id says which assignment) |
-- closed | suspended | ineligible | limit_unverified | capped | full.
-- Locks budgets, then participant-days, both ascending over the whole batch; whoever comes second sees what the
-- first left. Admission is one statement: running counts a campaign, a person and a day, so that a batch never
-- exceeds a place, a budget, a cap or the limit of the unverified. Price, segment and agent are fixed here.
CREATE FUNCTION dispatch_claim_v1(
  assignment_ids uuid[], participants uuid[], campaigns uuid[], at timestamptz, unverified_fen_max bigint)
RETURNS TABLE (assignment_id uuid, outcome text, existing_id uuid)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  today CONSTANT date := (at AT TIME ZONE 'Asia/Shanghai')::date;
  outcomes text[];
  existing uuid[];
BEGIN
  PERFORM 1 FROM campaigns_lock_budgets_v1(campaigns);

  INSERT INTO dispatch_participantday AS d (id, participant_id, day, claims)
  SELECT dispatch_day_id_v1(p, today), p, today, 0
    FROM (SELECT DISTINCT p FROM unnest(participants) AS t (p)) AS person
   ORDER BY 1
      ON CONFLICT (id) DO UPDATE SET claims = d.claims WHERE false;

  WITH request AS (
    SELECT r.ord, r.id, r.participant, r.campaign,
           row_number() OVER same = 1 AS is_first,
           first_value(r.id) OVER same AS first_id
      FROM unnest(assignment_ids, participants, campaigns) WITH ORDINALITY AS r (id, participant, campaign, ord)
    WINDOW same AS (PARTITION BY r.campaign, r.participant ORDER BY r.ord)
  ), seen AS (
    SELECT q.*, x.id AS existing, d.claims, c.reward_fen,
           p.real_name_verified_at IS NOT NULL AS is_verified, held.fen AS held_fen,
           least(b.places - b.taken,
                 (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen) AS room,
           CASE WHEN NOT q.is_first THEN 'repeated'
                WHEN x.id IS NOT NULL THEN 'already'
                WHEN b.is_open IS NOT TRUE OR c.closes_at <= at THEN 'closed'
                WHEN p.standing IS NULL OR p.standing = 'suspended' THEN 'suspended'
                WHEN NOT dispatch_matches_v1(c.regions, c.age_bands, c.genders, c.interests,
                                             p.region, p.age_band, p.gender, p.interests)
                  OR EXISTS (SELECT FROM dispatch_participation e
                              WHERE e.campaign_id = ANY (c.excluded_campaigns) AND e.participant_id = q.participant)
                  OR EXISTS (SELECT FROM identity_membership m
                              WHERE m.organisation_id = c.organisation_id AND m.user_id = q.participant)
                THEN 'ineligible'
           END AS refusal
      FROM request q
      LEFT JOIN campaigns_campaign c ON c.id = q.campaign
      LEFT JOIN campaigns_budget b ON b.campaign_id = q.campaign
      LEFT JOIN identity_participant p ON p.user_id = q.participant
      LEFT JOIN dispatch_participantday d ON d.id = dispatch_day_id_v1(q.participant, today)
      LEFT JOIN dispatch_participation x ON x.campaign_id = q.campaign AND x.participant_id = q.participant
      LEFT JOIN LATERAL (
             SELECT coalesce(sum(a.reward_fen), 0) AS fen
               FROM dispatch_assignment a
              WHERE a.participant_id = q.participant
                AND p.real_name_verified_at IS NULL
                AND a.status IN ('claimed', 'started', 'submitted', 'in_review', 'accepted')
           ) AS held ON true
  ), limited AS (
    SELECT s.*, coalesce(s.refusal,
             CASE WHEN NOT s.is_verified
                   AND s.held_fen + sum(s.reward_fen) FILTER (WHERE s.refusal IS NULL)
                         OVER (PARTITION BY s.participant ORDER BY s.ord) > unverified_fen_max
                  THEN 'limit_unverified' END) AS refusal2
      FROM seen s
  ), capped AS (
    SELECT l.*, coalesce(l.refusal2,
             CASE WHEN l.claims + count(*) FILTER (WHERE l.refusal2 IS NULL)
                         OVER (PARTITION BY l.participant ORDER BY l.ord) > 50
                  THEN 'capped' END) AS refusal3
      FROM limited l
  ), admitted AS (
    SELECT k.*, coalesce(k.refusal3,
             CASE WHEN count(*) FILTER (WHERE k.refusal3 IS NULL)
                         OVER (PARTITION BY k.campaign ORDER BY k.ord) > k.room
                  THEN 'full' ELSE 'claimed' END) AS result
      FROM capped k
  ), answered AS (
    SELECT a.*, first_value(a.result) OVER (PARTITION BY a.campaign, a.participant ORDER BY a.ord) AS first_result
      FROM admitted a
  )
  SELECT array_agg(CASE WHEN w.is_first THEN w.result
                        WHEN w.first_result = 'claimed' THEN 'already'
                        ELSE w.first_result END ORDER BY w.ord),
         array_agg(CASE WHEN NOT w.is_first AND w.first_result = 'claimed' THEN w.first_id
                        ELSE w.existing END ORDER BY w.ord)
    INTO outcomes, existing
    FROM answered w;

  INSERT INTO dispatch_participation (id, campaign_id, participant_id)
  SELECT r.id, r.campaign, r.participant
    FROM unnest(assignment_ids, participants, campaigns, outcomes) AS r (id, participant, campaign, outcome)
   WHERE r.outcome = 'claimed';

  INSERT INTO dispatch_assignment (
         id, campaign_id, participant_id, agent_id, status, reward_fen, commission_fen, fee_fen, unit_fen, day,
         region, age_band, gender, claimed_at, lease_expires_at)
  SELECT r.id, r.campaign, r.participant, g.id, 'claimed', c.reward_fen,
         CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END, c.fee_fen,
         c.reward_fen + c.commission_fen_max + c.fee_fen, today,
         p.region, p.age_band, p.gender, at, at + make_interval(secs => c.lease_seconds)
    FROM unnest(assignment_ids, participants, campaigns, outcomes) AS r (id, participant, campaign, outcome)
    JOIN campaigns_campaign c ON c.id = r.campaign
    JOIN identity_participant p ON p.user_id = r.participant
    LEFT JOIN identity_agent g
           ON g.id = p.agent_id
          AND g.status = 'active'
          AND (p.recruited_at AT TIME ZONE 'Asia/Shanghai')::date > today - interval '12 months'
   WHERE r.outcome = 'claimed';

  UPDATE dispatch_participantday d
     SET claims = d.claims + u.n
    FROM (SELECT r.participant, count(*) AS n
            FROM unnest(participants, outcomes) AS r (participant, outcome)
           WHERE r.outcome = 'claimed'
           GROUP BY r.participant) AS u
   WHERE d.id = dispatch_day_id_v1(u.participant, today);

  PERFORM campaigns_take_v1(array_agg(u.campaign), array_agg(u.n))
     FROM (SELECT r.campaign, count(*)::integer AS n
             FROM unnest(campaigns, outcomes) AS r (campaign, outcome)
            WHERE r.outcome = 'claimed'
            GROUP BY r.campaign) AS u
   HAVING count(*) > 0;

  RETURN QUERY SELECT r.id, r.outcome, r.existing
                 FROM unnest(assignment_ids, outcomes, existing) AS r (id, outcome, existing);
END
$$;
