-- Claims places for a whole batch: request n asks for a place of campaigns[n] for participants[n] under the id
-- assignment_ids[n]. One row an item comes back, in order: claimed | already (existing_id says which assignment) |
-- closed | suspended | ineligible | limit_unverified | capped | full.
-- Locks budgets, then participant-days, both ascending over the whole batch; whoever comes second sees what the first
-- left. Around midnight the day before is locked too, because what people without a real name hold spans days.
-- Admission is one statement: running counts a campaign, a person and a day, so that a batch never exceeds a place, a
-- budget, a cap or the limit of the unverified. Price, segment and agent are fixed here.
-- A day is locked and counted in one write, as if all its requests were admitted (never above the cap; `excess` keeps
-- what the cap cut off, so that the count before is known); days of which some were refused are set right at the end.
-- Counted days and requests meet in one window a person (their union), because a join of two sets would be quadratic.
-- No statement opens a partition that it does not write to: the cost does not depend on how many days there are.
CREATE FUNCTION dispatch_claim_v2(
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
  refused uuid[];
  refused_fen bigint[];
BEGIN
  PERFORM campaigns_lock_budgets_v2(campaigns);

  IF ((at - interval '10 minutes') AT TIME ZONE 'Asia/Shanghai')::date < today THEN
    INSERT INTO dispatch_participantday AS d (participant_id, day, claims, excess, held_fen)
    SELECT DISTINCT p, today - 1, 0, 0, 0 FROM unnest(participants) AS t (p) ORDER BY 1
        ON CONFLICT (participant_id, day) DO UPDATE SET claims = d.claims WHERE false;
  END IF;

  WITH request AS (
    SELECT r.ord, r.id, r.participant, r.campaign,
           row_number() OVER same = 1 AS is_first,
           first_value(r.id) OVER same AS first_id
      FROM unnest(assignment_ids, participants, campaigns) WITH ORDINALITY AS r (id, participant, campaign, ord)
    WINDOW same AS (PARTITION BY r.campaign, r.participant ORDER BY r.ord)
  ), seen AS MATERIALIZED (
    SELECT q.*, x.id AS existing, c.reward_fen, c.commission_fen_max, c.fee_fen, c.lease_seconds,
           p.region, p.age_band, p.gender, p.agent_id, p.recruited_at, p.real_name_verified_at IS NULL AS is_unverified,
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
      -- OFFSET 0 keeps it a look-up: on a table that was empty when the plan was made it is else walked once a request.
      LEFT JOIN LATERAL (SELECT y.id FROM dispatch_participation y
                          WHERE y.participant_id = q.participant AND y.campaign_id = q.campaign OFFSET 0) AS x ON true
  ), wanted AS (
    SELECT s.participant, count(*) AS n, sum(s.reward_fen) AS fen
      FROM seen s WHERE s.refusal IS NULL GROUP BY s.participant
  ), counted AS (
    INSERT INTO dispatch_participantday AS d (participant_id, day, claims, excess, held_fen)
    SELECT w.participant, today, least(50, w.n), greatest(0, w.n - 50), w.fen FROM wanted w ORDER BY w.participant
        ON CONFLICT (participant_id, day) DO UPDATE
       SET claims = least(50, d.claims + EXCLUDED.claims + EXCLUDED.excess),
           excess = greatest(0, d.claims + EXCLUDED.claims + EXCLUDED.excess - 50),
           held_fen = d.held_fen + EXCLUDED.held_fen
    RETURNING d.participant_id, d.claims + d.excess AS claims, d.held_fen
  ), met AS (
    SELECT s.*, NULL::integer AS claims, NULL::bigint AS day_fen FROM seen s
     UNION ALL
    SELECT 0, NULL, k.participant_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, 'counted', k.claims, k.held_fen
      FROM counted k
  ), before AS (
    SELECT m.*,
           first_value(m.claims) OVER person - count(*) FILTER (WHERE m.refusal IS NULL) OVER whole AS before_claims,
           first_value(m.day_fen) OVER person - sum(m.reward_fen) FILTER (WHERE m.refusal IS NULL) OVER whole AS before_fen
      FROM met m
    WINDOW whole AS (PARTITION BY m.participant), person AS (PARTITION BY m.participant ORDER BY m.ord)
  ), limited AS (
    SELECT b.*, coalesce(b.refusal,
             CASE WHEN b.is_unverified
                   AND b.before_fen
                       + coalesce((SELECT sum(h.held_fen) FROM dispatch_participantday h
                                    WHERE b.is_unverified AND h.participant_id = b.participant AND h.day <> today), 0)
                       + sum(b.reward_fen) FILTER (WHERE b.refusal IS NULL)
                           OVER (PARTITION BY b.participant ORDER BY b.ord) > unverified_fen_max
                  THEN 'limit_unverified' END) AS refusal2
      FROM before b
  ), capped AS (
    SELECT l.*, coalesce(l.refusal2,
             CASE WHEN l.before_claims + count(*) FILTER (WHERE l.refusal2 IS NULL)
                         OVER (PARTITION BY l.participant ORDER BY l.ord) > 50
                  THEN 'capped' END) AS refusal3
      FROM limited l
  ), admitted AS MATERIALIZED (
    SELECT k.*, coalesce(k.refusal3,
             CASE WHEN count(*) FILTER (WHERE k.refusal3 IS NULL)
                         OVER (PARTITION BY k.campaign ORDER BY k.ord) > k.room
                  THEN 'full' ELSE 'claimed' END) AS result
      FROM capped k WHERE k.ord > 0
  ), participated AS (
    INSERT INTO dispatch_participation (id, campaign_id, participant_id)
    SELECT t.id, t.campaign, t.participant FROM admitted t WHERE t.result = 'claimed'
  ), assigned AS (
    INSERT INTO dispatch_assignment (
           id, campaign_id, participant_id, agent_id, status, reward_fen, commission_fen, fee_fen, unit_fen, day,
           region, age_band, gender, claimed_at, lease_expires_at)
    SELECT t.id, t.campaign, t.participant, g.id, 'claimed', t.reward_fen,
           CASE WHEN g.id IS NULL THEN 0 ELSE t.commission_fen_max END, t.fee_fen,
           t.reward_fen + t.commission_fen_max + t.fee_fen, today,
           t.region, t.age_band, t.gender, at, at + make_interval(secs => t.lease_seconds)
      FROM admitted t
      LEFT JOIN identity_agent g
             ON g.id = t.agent_id
            AND g.status = 'active'
            AND (t.recruited_at AT TIME ZONE 'Asia/Shanghai')::date > today - interval '12 months'
     WHERE t.result = 'claimed'
  )
  SELECT array_agg(w.outcome ORDER BY w.ord), array_agg(w.existing ORDER BY w.ord),
         array_agg(w.participant) FILTER (WHERE w.is_refused), array_agg(w.reward_fen) FILTER (WHERE w.is_refused)
    INTO outcomes, existing, refused, refused_fen
    FROM (SELECT a.ord, a.participant, a.reward_fen, a.refusal IS NULL AND a.result <> 'claimed' AS is_refused,
                 CASE WHEN a.is_first THEN a.result WHEN first_value(a.result) OVER same = 'claimed' THEN 'already'
                      ELSE first_value(a.result) OVER same END AS outcome,
                 CASE WHEN NOT a.is_first AND first_value(a.result) OVER same = 'claimed' THEN a.first_id
                      ELSE a.existing END AS existing
            FROM admitted a
          WINDOW same AS (PARTITION BY a.campaign, a.participant ORDER BY a.ord)) AS w;

  IF refused IS NOT NULL THEN
    UPDATE dispatch_participantday d
       SET claims = d.claims + d.excess - u.n, excess = 0, held_fen = d.held_fen - u.fen
      FROM (SELECT r.participant, count(*) AS n, sum(r.fen) AS fen
              FROM unnest(refused, refused_fen) AS r (participant, fen) GROUP BY 1) AS u
     WHERE d.participant_id = u.participant AND d.day = today;
  END IF;

  PERFORM campaigns_take_v2(array_agg(u.campaign), array_agg(u.n))
     FROM (SELECT r.campaign, count(*)::integer AS n
             FROM unnest(campaigns, outcomes) AS r (campaign, outcome)
            WHERE r.outcome = 'claimed'
            GROUP BY r.campaign) AS u
   HAVING count(*) > 0;

  RETURN QUERY SELECT r.id, r.outcome, r.existing
                 FROM unnest(assignment_ids, outcomes, existing) AS r (id, outcome, existing);
END
$$;
