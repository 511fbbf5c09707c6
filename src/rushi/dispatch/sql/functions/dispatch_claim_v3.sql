-- Claims places for a whole batch: request n asks for a place of campaigns[n] for participants[n] under the id
-- assignment_ids[n]. One row an item comes back, in order: claimed | already (existing_id says which assignment) |
-- closed | suspended | ineligible | limit_unverified | capped | full.
-- Locks budgets, then participant-days, both ascending over the whole batch; whoever comes second sees what the first
-- left. Around midnight the day before is locked too, because what people without a real name hold spans days.
-- Running counts a campaign, a person and a day see to it that a batch never exceeds a place, a budget, a cap or the
-- limit of the unverified. Price, segment and agent are fixed here.
-- A day is locked and counted in one write, as if all its requests were admitted (never above the cap; `excess` keeps
-- what the cap cut off, so that the count before is known); days of which some are refused are set right. Where
-- nothing runs short, which a count a campaign tells, no order among the requests matters and none is made.
-- What is known of the requests goes from statement to statement in arrays of their order.
-- OFFSET 0 keeps each look-up a look-up: a table that was empty when the plan was made is else walked once a request.
-- No statement opens a partition that it does not write to: the cost does not depend on how many days there are.
CREATE FUNCTION dispatch_claim_v3(
  assignment_ids uuid[], participants uuid[], campaigns uuid[], at timestamptz, unverified_fen_max bigint)
RETURNS TABLE (assignment_id uuid, outcome text, existing_id uuid)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  today CONSTANT date := (at AT TIME ZONE 'Asia/Shanghai')::date;
  firsts integer[];  -- of the requests that repeat another one of this batch: which
  existing uuid[];
  rewards bigint[];
  unverified boolean[];
  rooms bigint[];
  refusals text[];
  is_tight boolean;
  results text[];
BEGIN
  PERFORM campaigns_lock_budgets_v2(campaigns);

  IF ((at - interval '10 minutes') AT TIME ZONE 'Asia/Shanghai')::date < today THEN
    INSERT INTO dispatch_participantday AS d (participant_id, day, claims, excess, held_fen)
    SELECT DISTINCT p, today - 1, 0, 0, 0 FROM unnest(participants) AS t (p) ORDER BY 1
        ON CONFLICT (participant_id, day) DO UPDATE SET claims = d.claims WHERE false;
  END IF;

  IF cardinality(campaigns) > 1
     AND EXISTS (SELECT FROM unnest(participants, campaigns) AS r (p, c) GROUP BY r.p, r.c HAVING count(*) > 1) THEN
    SELECT array_agg(nullif(f.first, f.ord)::integer ORDER BY f.ord) INTO firsts
      FROM (SELECT r.ord, first_value(r.ord) OVER (PARTITION BY r.c, r.p ORDER BY r.ord) AS first
              FROM unnest(participants, campaigns) WITH ORDINALITY AS r (p, c, ord)) AS f;
  END IF;

  -- What is known of each request, whoever else asks.
  SELECT array_agg(x.id), array_agg(c.reward_fen), array_agg(p.real_name_verified_at IS NULL),
         array_agg(least(b.places - b.taken,
                         (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)),
         array_agg(CASE
           WHEN r.first IS NOT NULL THEN 'repeated'
           WHEN x.id IS NOT NULL THEN 'already'
           WHEN b.is_open IS NOT TRUE OR c.closes_at <= at THEN 'closed'
           WHEN p.standing IS NULL OR p.standing = 'suspended' THEN 'suspended'
           WHEN NOT dispatch_matches_v1(c.regions, c.age_bands, c.genders, c.interests,
                                        p.region, p.age_band, p.gender, p.interests)
             OR EXISTS (SELECT FROM dispatch_participation e
                         WHERE e.campaign_id = ANY (c.excluded_campaigns) AND e.participant_id = r.participant)
             OR EXISTS (SELECT FROM identity_membership m
                         WHERE m.organisation_id = c.organisation_id AND m.user_id = r.participant)
           THEN 'ineligible' END)
    INTO existing, rewards, unverified, rooms, refusals
    FROM (SELECT * FROM unnest(participants, campaigns, firsts) WITH ORDINALITY AS r (participant, campaign, first, ord)
           ORDER BY ord) AS r
    LEFT JOIN LATERAL (SELECT * FROM campaigns_campaign c WHERE c.id = r.campaign OFFSET 0) AS c ON true
    LEFT JOIN LATERAL (SELECT * FROM campaigns_budget b WHERE b.campaign_id = r.campaign OFFSET 0) AS b ON true
    LEFT JOIN LATERAL (SELECT * FROM identity_participant p WHERE p.user_id = r.participant OFFSET 0) AS p ON true
    LEFT JOIN LATERAL (SELECT y.id FROM dispatch_participation y
                        WHERE y.participant_id = r.participant AND y.campaign_id = r.campaign OFFSET 0) AS x ON true;

  -- Each day is locked and counted in one write, as if all its requests were admitted.
  WITH counted AS (
    INSERT INTO dispatch_participantday AS d (participant_id, day, claims, excess, held_fen)
    SELECT r.participant, today, least(50, count(*)), greatest(0, count(*) - 50), sum(r.reward_fen)
      FROM unnest(participants, rewards, refusals) AS r (participant, reward_fen, refusal)
     WHERE r.refusal IS NULL GROUP BY r.participant ORDER BY r.participant
        ON CONFLICT (participant_id, day) DO UPDATE
       SET claims = least(50, d.claims + EXCLUDED.claims + EXCLUDED.excess),
           excess = greatest(0, d.claims + EXCLUDED.claims + EXCLUDED.excess - 50),
           held_fen = d.held_fen + EXCLUDED.held_fen
    RETURNING d.excess
  )
  SELECT coalesce(bool_or(k.excess > 0), false) INTO is_tight FROM counted k;
  -- All that a person without a real name asks for is held by now: within the limit, no order matters to them either.
  is_tight := is_tight OR EXISTS (
    SELECT FROM unnest(participants, unverified, refusals) AS r (participant, is_unverified, refusal)
     WHERE r.is_unverified AND r.refusal IS NULL
       AND (SELECT sum(h.held_fen) FROM dispatch_participantday h
             WHERE h.participant_id = r.participant) > unverified_fen_max
  ) OR EXISTS (
    SELECT FROM unnest(campaigns, rooms, refusals) AS r (campaign, room, refusal)
     WHERE r.refusal IS NULL GROUP BY r.campaign HAVING count(*) > min(r.room));

  IF is_tight THEN
    -- Somebody may have to go without: in the order of the requests, by what person, day and campaign had left.
    WITH request AS (
      SELECT r.*, count(*) FILTER (WHERE r.refusal IS NULL) OVER whole AS wanted,
             sum(r.reward_fen) FILTER (WHERE r.refusal IS NULL) OVER whole AS wanted_fen
        FROM unnest(participants, campaigns, rewards, unverified, rooms, refusals) WITH ORDINALITY
          AS r (participant, campaign, reward_fen, is_unverified, room, refusal, ord)
      WINDOW whole AS (PARTITION BY r.participant)
    ), limited AS (
      SELECT r.*, d.claims + d.excess - r.wanted AS claims, coalesce(r.refusal,
               CASE WHEN r.is_unverified
                     AND held.fen - r.wanted_fen + sum(r.reward_fen) FILTER (WHERE r.refusal IS NULL)
                                                     OVER (PARTITION BY r.participant ORDER BY r.ord) > unverified_fen_max
                    THEN 'limit_unverified' END) AS refusal2
        FROM request r
        LEFT JOIN LATERAL (SELECT t.claims, t.excess FROM dispatch_participantday t
                            WHERE t.participant_id = r.participant AND t.day = today OFFSET 0) AS d ON true
        LEFT JOIN LATERAL (SELECT sum(h.held_fen) AS fen FROM dispatch_participantday h
                            WHERE h.participant_id = r.participant AND r.is_unverified) AS held ON true
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
    )
    SELECT array_agg(a.result ORDER BY a.ord) INTO results FROM admitted a;

    UPDATE dispatch_participantday d
       SET claims = d.claims + d.excess - u.n, excess = 0, held_fen = d.held_fen - u.fen
      FROM (SELECT r.participant, count(*) AS n, sum(r.fen) AS fen
              FROM unnest(participants, rewards, refusals, results) AS r (participant, fen, refusal, result)
             WHERE r.refusal IS NULL AND r.result <> 'claimed' GROUP BY r.participant) AS u
     WHERE d.participant_id = u.participant AND d.day = today;
  ELSE
    results := ARRAY(SELECT coalesce(r.refusal, 'claimed') FROM unnest(refusals) AS r (refusal));
  END IF;

  WITH participated AS (
    INSERT INTO dispatch_participation (id, campaign_id, participant_id)
    SELECT r.id, r.campaign, r.participant
      FROM unnest(assignment_ids, participants, campaigns, results) AS r (id, participant, campaign, result)
     WHERE r.result = 'claimed'
  )
  INSERT INTO dispatch_assignment (
         id, campaign_id, participant_id, agent_id, status, reward_fen, commission_fen, fee_fen, unit_fen, day,
         region, age_band, gender, claimed_at, lease_expires_at)
  SELECT r.id, r.campaign, r.participant, g.id, 'claimed', c.reward_fen,
         CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END, c.fee_fen,
         c.reward_fen + c.commission_fen_max + c.fee_fen, today,
         p.region, p.age_band, p.gender, at, at + make_interval(secs => c.lease_seconds)
    FROM unnest(assignment_ids, participants, campaigns, results) AS r (id, participant, campaign, result)
   CROSS JOIN LATERAL (SELECT * FROM campaigns_campaign c WHERE c.id = r.campaign OFFSET 0) AS c
   CROSS JOIN LATERAL (SELECT * FROM identity_participant p WHERE p.user_id = r.participant OFFSET 0) AS p
    LEFT JOIN LATERAL (
           SELECT a.id FROM identity_agent a
            WHERE a.id = p.agent_id AND a.status = 'active'
              AND (p.recruited_at AT TIME ZONE 'Asia/Shanghai')::date > today - interval '12 months' OFFSET 0) AS g ON true
   WHERE r.result = 'claimed';

  PERFORM campaigns_take_v2(array_agg(u.campaign), array_agg(u.n))
     FROM (SELECT r.campaign, count(*)::integer AS n FROM unnest(campaigns, results) AS r (campaign, result)
            WHERE r.result = 'claimed' GROUP BY r.campaign) AS u
   HAVING count(*) > 0;

  RETURN QUERY
  SELECT r.id,
         CASE WHEN r.first IS NULL THEN r.result WHEN results[r.first] = 'claimed' THEN 'already' ELSE results[r.first] END,
         CASE WHEN results[r.first] = 'claimed' THEN assignment_ids[r.first] ELSE r.existing END
    FROM unnest(assignment_ids, results, existing, firsts) AS r (id, result, existing, first);
END
$$;
