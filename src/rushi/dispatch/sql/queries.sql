-- name: task_cards
-- Cards of eligible campaigns, of one kind when asked, oldest first: one query whatever the number of cards.
SELECT c.id AS campaign_id, c.title, c.brief, o.name AS advertiser, c.kind, c.reward_fen, c.expected_seconds,
       e.places_left, c.lease_seconds, c.auto_accept_days, c.closes_at, c.published_at,
       CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END AS agent_share_fen
  FROM dispatch_eligible_v1(%(participant)s, %(at)s, %(after_published)s, %(after_id)s,
                            CASE WHEN %(kind)s::text = '' THEN %(limit)s ELSE 5000 END) AS e
  JOIN campaigns_campaign c ON c.id = e.campaign_id
  JOIN identity_organisation o ON o.id = c.organisation_id
  JOIN identity_participant p ON p.user_id = %(participant)s
  LEFT JOIN identity_agent g
         ON g.id = p.agent_id
        AND g.status = 'active'
        AND (p.recruited_at AT TIME ZONE 'Asia/Shanghai')::date
              > (%(at)s AT TIME ZONE 'Asia/Shanghai')::date - interval '12 months'
 WHERE %(kind)s::text IN ('', c.kind)
 ORDER BY c.published_at, c.id
 LIMIT %(limit)s;

-- name: task_card
-- One campaign as a card, open or not: a link from yesterday still says what it was.
SELECT c.id AS campaign_id, c.title, c.brief, o.name AS advertiser, c.kind, c.reward_fen, c.expected_seconds,
       CASE WHEN b.is_open THEN greatest(0, least(b.places - b.taken,
            (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)) ELSE 0 END::integer
         AS places_left,
       c.lease_seconds, c.auto_accept_days, c.closes_at, c.published_at,
       CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END AS agent_share_fen
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id
  JOIN identity_organisation o ON o.id = c.organisation_id
  JOIN identity_participant p ON p.user_id = %(participant)s
  LEFT JOIN identity_agent g
         ON g.id = p.agent_id
        AND g.status = 'active'
        AND (p.recruited_at AT TIME ZONE 'Asia/Shanghai')::date
              > (%(at)s AT TIME ZONE 'Asia/Shanghai')::date - interval '12 months'
 WHERE c.id = %(campaign)s AND c.published_at IS NOT NULL;

-- name: supply
-- What an audience did on the last seven full days, and what other live campaigns ask of it now. One walk over the
-- people; how much of another campaign's places falls on this audience is read off a fixed sample of 200 people, once
-- for each different audience (an audience that nobody in the sample fits counts in full).
WITH people AS MATERIALIZED (
  SELECT p.user_id, p.region, p.age_band, p.gender, p.interests,
         dispatch_matches_v1(%(regions)s::varchar[], %(age_bands)s::varchar[], %(genders)s::varchar[],
                             %(interests)s::varchar[], p.region, p.age_band, p.gender, p.interests)
         AND NOT EXISTS (SELECT FROM dispatch_participation x
                          WHERE x.participant_id = p.user_id AND x.campaign_id = ANY (%(excluded)s::uuid[])) AS is_in
    FROM identity_participant p
   WHERE p.standing <> 'suspended'
), days AS (
  SELECT d.day, count(*) AS people, sum(d.claims) AS places
    FROM dispatch_participantday d
    JOIN people p ON p.user_id = d.participant_id AND p.is_in
   WHERE d.day >= %(today)s::date - 7 AND d.day < %(today)s::date AND d.claims > 0
   GROUP BY d.day
), sample AS MATERIALIZED (
  SELECT * FROM people ORDER BY hashtext(user_id::text) LIMIT 200
), others AS (
  SELECT c.regions, c.age_bands, c.genders, c.interests, sum(b.places - b.taken) AS open,
         coalesce(sum(b.places - b.taken) FILTER (
           WHERE c.reward_fen * %(seconds)s::bigint >= %(reward_fen)s::bigint * c.expected_seconds), 0) AS open_paying
    FROM campaigns_campaign c
    JOIN campaigns_budget b ON b.campaign_id = c.id
   WHERE c.status = 'live' AND b.is_open AND b.taken < b.places AND c.id <> %(campaign)s
     AND (c.closes_at IS NULL OR c.closes_at > %(at)s)
   GROUP BY c.regions, c.age_bands, c.genders, c.interests
), shares AS (
  SELECT o.open, o.open_paying,
         coalesce((SELECT count(*) FILTER (WHERE s.is_in)::float / nullif(count(*), 0) FROM sample s
                    WHERE dispatch_matches_v1(o.regions, o.age_bands, o.genders, o.interests,
                                              s.region, s.age_band, s.gender, s.interests)), 1) AS share
    FROM others o
)
SELECT (SELECT count(*) FROM people WHERE is_in)::int AS people,
       (SELECT coalesce(array_agg(ARRAY[people, places] ORDER BY day), '{}') FROM days) AS days,
       (SELECT coalesce(round(sum(open * share)), 0)::int FROM shares) AS asked,
       (SELECT coalesce(round(sum(open_paying * share)), 0)::int FROM shares) AS asked_paying;
