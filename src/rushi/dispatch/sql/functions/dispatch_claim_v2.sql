-- Claims places for a whole batch: request n asks for a place of campaigns[n] for participants[n] under the id
-- assignment_ids[n]. One row an item comes back, in order: claimed | already (existing_id says which assignment) |
-- closed | suspended | ineligible | limit_unverified | capped | full.
-- Locks budgets, then participant-days, both ascending over the whole batch; whoever comes second sees what the first
-- left. Around midnight the day before is locked too, because what people without a real name hold, and what bars
-- somebody from a campaign, spans days.
-- Running counts a campaign, a person and a day see to it that a batch never exceeds a place, a budget, a cap or the
-- limit of the unverified. Price, segment and agent are fixed here.
-- A day is locked and counted in one write, as if all its requests were admitted (never above the cap; `excess` keeps
-- what the cap cut off, so that the count before is known); days of which some are refused are set right. Where
-- nothing runs short, which a count a campaign tells, no order among the requests matters and none is made.
-- Each row is read once; what is known of the requests goes from statement to statement in arrays of their order. A
-- request without a refusal is a claim.
-- OFFSET 0 keeps each look-up a look-up: a table that was empty when the plan was made is else walked once a request.
-- No statement opens a partition that it does not write to: the cost does not depend on how many days there are.
-- The shared lock that comes first is for whoever leaves (`halt_claims`): they wait for the claims under way, and a later
-- one sees that they are gone. Without it a claim could fix an agent who is being erased.
CREATE FUNCTION dispatch_claim_v2(
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
  agents uuid[];
  rewards bigint[];
  commissions bigint[];
  fees bigint[];
  units bigint[];
  seconds integer[];
  regions text[];
  bands text[];
  genders text[];
  unverified boolean[];
  rooms bigint[];
  refusals text[];
  barred boolean[];
  is_excluding boolean;
  is_tight boolean;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('dispatch_claim'));
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

  -- What is known of each request, whoever else asks. Few people act for a body: one look says who of all.
  SELECT array_agg(x.id), array_agg(g.id), array_agg(c.reward_fen),
         array_agg(CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END), array_agg(c.fee_fen),
         array_agg(c.reward_fen + c.commission_fen_max + c.fee_fen), array_agg(c.lease_seconds),
         array_agg(p.region::text), array_agg(p.age_band::text), array_agg(p.gender::text),
         array_agg(p.real_name_verified_at IS NULL),
         array_agg(least(b.places - b.taken,
                         (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)),
         array_agg(CASE
           WHEN r.first IS NOT NULL THEN 'repeated'
           WHEN x.id IS NOT NULL THEN 'already'
           WHEN b.is_open IS NOT TRUE OR c.closes_at <= at THEN 'closed'
           WHEN p.standing IS NULL OR p.standing = 'suspended' THEN 'suspended'
           WHEN NOT dispatch_matches_v1(c.regions, c.age_bands, c.genders, c.interests,
                                        p.region, p.age_band, p.gender, p.interests)
             OR r.participant IN (SELECT m.user_id FROM identity_membership m WHERE m.user_id = ANY (participants))
                AND EXISTS (SELECT FROM identity_membership m
                             WHERE m.organisation_id = c.organisation_id AND m.user_id = r.participant)
           THEN 'ineligible' END),
         bool_or(cardinality(c.excluded_campaigns) > 0)
    INTO existing, agents, rewards, commissions, fees, units, seconds, regions, bands, genders, unverified, rooms,
         refusals, is_excluding
    FROM (SELECT * FROM unnest(participants, campaigns, firsts) WITH ORDINALITY AS r (participant, campaign, first, ord)
           ORDER BY ord) AS r
    LEFT JOIN LATERAL (SELECT * FROM campaigns_campaign c WHERE c.id = r.campaign OFFSET 0) AS c ON true
    LEFT JOIN LATERAL (SELECT * FROM campaigns_budget b WHERE b.campaign_id = r.campaign OFFSET 0) AS b ON true
    LEFT JOIN LATERAL (SELECT * FROM identity_participant p WHERE p.user_id = r.participant OFFSET 0) AS p ON true
    LEFT JOIN LATERAL (SELECT y.id FROM dispatch_participation y
                        WHERE y.participant_id = r.participant AND y.campaign_id = r.campaign OFFSET 0) AS x ON true
    LEFT JOIN LATERAL (
           SELECT a.id FROM identity_agent a
            WHERE a.id = p.agent_id AND a.status = 'active' AND dispatch_earns_v1(p.recruited_at, today) OFFSET 0) AS g
         ON true;

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

  -- Who has been in a campaign that this one excludes. Looked at only now that the person's day is locked: two
  -- campaigns that exclude each other have different budgets, so two claims of one person meet nowhere else.
  IF is_excluding THEN
    SELECT array_agg(
             cardinality(c.excluded_campaigns) > 0
             AND (EXISTS (SELECT FROM dispatch_participation e
                           WHERE e.participant_id = r.participant AND e.campaign_id = ANY (c.excluded_campaigns))
                  OR EXISTS (SELECT FROM unnest(participants, campaigns, refusals) WITH ORDINALITY
                                      AS o (participant, campaign, refusal, ord)
                              WHERE o.participant = r.participant AND o.ord < r.ord AND o.refusal IS NULL
                                AND o.campaign = ANY (c.excluded_campaigns))))
      INTO barred
      FROM (SELECT * FROM unnest(participants, campaigns) WITH ORDINALITY AS r (participant, campaign, ord)
             ORDER BY ord) AS r
      LEFT JOIN LATERAL (SELECT * FROM campaigns_campaign c WHERE c.id = r.campaign OFFSET 0) AS c ON true;
    is_tight := is_tight OR true = ANY (barred);
  END IF;

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
             sum(r.reward_fen) FILTER (WHERE r.refusal IS NULL) OVER whole AS wanted_fen,
             coalesce(r.refusal, CASE WHEN r.is_barred THEN 'ineligible' END) AS refusal1
        FROM unnest(participants, campaigns, rewards, unverified, rooms, refusals, barred) WITH ORDINALITY
          AS r (participant, campaign, reward_fen, is_unverified, room, refusal, is_barred, ord)
      WINDOW whole AS (PARTITION BY r.participant)
    ), limited AS (
      SELECT r.*, d.claims + d.excess - r.wanted AS claims, coalesce(r.refusal1,
               CASE WHEN r.is_unverified
                     AND held.fen - r.wanted_fen + sum(r.reward_fen) FILTER (WHERE r.refusal1 IS NULL)
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
                    THEN 'full' END) AS refusal4
        FROM capped k
    ), corrected AS (
      UPDATE dispatch_participantday d
         SET claims = d.claims + d.excess - u.n, excess = 0, held_fen = d.held_fen - u.fen
        FROM (SELECT a.participant, count(*) AS n, sum(a.reward_fen) AS fen FROM admitted a
               WHERE a.refusal IS NULL AND a.refusal4 IS NOT NULL GROUP BY a.participant) AS u
       WHERE d.participant_id = u.participant AND d.day = today
    )
    SELECT array_agg(a.refusal4 ORDER BY a.ord) INTO refusals FROM admitted a;
  END IF;

  WITH participated AS (
    INSERT INTO dispatch_participation (id, campaign_id, participant_id)
    SELECT r.id, r.campaign, r.participant
      FROM unnest(assignment_ids, participants, campaigns, refusals) AS r (id, participant, campaign, refusal)
     WHERE r.refusal IS NULL
  )
  INSERT INTO dispatch_assignment (
         id, campaign_id, participant_id, agent_id, status, reward_fen, commission_fen, fee_fen, unit_fen, day,
         region, age_band, gender, claimed_at, lease_expires_at)
  SELECT r.id, r.campaign, r.participant, r.agent, 'claimed', r.reward_fen, r.commission_fen, r.fee_fen, r.unit_fen,
         today, r.region, r.band, r.gender, at, at + r.seconds * interval '1 second'
    FROM unnest(assignment_ids, participants, campaigns, agents, rewards, commissions, fees, units, seconds, regions,
                bands, genders, refusals)
      AS r (id, participant, campaign, agent, reward_fen, commission_fen, fee_fen, unit_fen, seconds, region,
            band, gender, refusal)
   WHERE r.refusal IS NULL;

  PERFORM campaigns_take_v2(ARRAY(
    SELECT r.campaign FROM unnest(campaigns, refusals) AS r (campaign, refusal) WHERE r.refusal IS NULL));

  RETURN QUERY
  SELECT r.id, CASE WHEN r.refusal IS NULL THEN 'claimed' WHEN r.first IS NULL THEN r.refusal
                    ELSE coalesce(refusals[r.first], 'already') END,
         CASE WHEN r.first IS NOT NULL AND refusals[r.first] IS NULL THEN assignment_ids[r.first] ELSE r.existing END
    FROM unnest(assignment_ids, refusals, existing, firsts) AS r (id, refusal, existing, first);
END
$$;
