-- name: task_cards
-- Cards of some published campaigns: one query whatever the number of cards.
SELECT c.id AS campaign_id, c.title, c.brief, o.name AS advertiser, c.kind, c.reward_fen, c.expected_seconds,
       least(b.places - b.taken,
             (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)::integer AS places_left,
       c.lease_seconds, c.auto_accept_days, c.closes_at, c.published_at, c.interests, o.trade,
       p.interests AS own_interests,
       CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END AS agent_share_fen
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id
  JOIN identity_organisation o ON o.id = c.organisation_id
  JOIN identity_participant p ON p.user_id = %(participant)s
  LEFT JOIN identity_agent g
         ON g.id = p.agent_id
        AND g.status = 'active'
        AND dispatch_earns_v1(p.recruited_at, (%(at)s AT TIME ZONE 'Asia/Shanghai')::date)
 WHERE c.id = ANY (%(campaigns)s) AND c.status = 'live' AND b.is_open AND b.taken < b.places;

-- name: task_card
-- One campaign as a card, open or not: a link from yesterday still says what it was.
SELECT c.id AS campaign_id, c.title, c.brief, o.name AS advertiser, c.kind, c.reward_fen, c.expected_seconds,
       CASE WHEN b.is_open THEN greatest(0, least(b.places - b.taken,
            (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)) ELSE 0 END::integer
         AS places_left,
       c.lease_seconds, c.auto_accept_days, c.closes_at, c.published_at, c.interests, o.trade,
       p.interests AS own_interests,
       CASE WHEN g.id IS NULL THEN 0 ELSE c.commission_fen_max END AS agent_share_fen
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id
  JOIN identity_organisation o ON o.id = c.organisation_id
  JOIN identity_participant p ON p.user_id = %(participant)s
  LEFT JOIN identity_agent g
         ON g.id = p.agent_id
        AND g.status = 'active'
        AND dispatch_earns_v1(p.recruited_at, (%(at)s AT TIME ZONE 'Asia/Shanghai')::date)
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

-- name: open_campaigns
-- What pricing knows of the campaigns that can be claimed, in order of publication.
SELECT c.id AS campaign_id, c.regions, c.age_bands, c.genders, c.interests, o.trade, c.reward_fen,
       least(b.places - b.taken,
             (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen)::integer AS places_left,
       b.taken, coalesce(q.quoted_low, 0) AS quoted, c.published_at, c.closes_at
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id
  JOIN identity_organisation o ON o.id = c.organisation_id
  LEFT JOIN dispatch_pace q ON q.campaign_id = c.id
 WHERE c.status = 'live'
   AND (c.closes_at IS NULL OR c.closes_at > %(at)s)
   AND b.is_open
   AND b.taken < b.places
   AND b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen >= b.unit_fen
 ORDER BY c.published_at, c.id;

-- name: visits_ahead
-- Visits by segment and by how many hours of the day they lie ahead of the present one: a mean earlier day, and how
-- many came of it today, in the last today_hours. seen_hours: how long ago the first of all was. Whole hours only.
WITH seen AS (
  SELECT region, age_band, gender, visits, extract(epoch FROM %(hour)s - hour)::bigint / 3600 AS ago
    FROM dispatch_visit
   WHERE hour < %(hour)s AND hour >= %(hour)s - interval '8 days'
)
SELECT region, age_band, gender, ((24 - ago %% 24) %% 24)::integer AS ahead,
       sum(visits)::float8 / (SELECT greatest(1, ceil(max(ago) / 24.0)) FROM seen)::float8 AS mean,
       coalesce(sum(visits) FILTER (WHERE ago <= %(today_hours)s), 0)::integer AS today,
       (SELECT max(ago) FROM seen)::integer AS seen_hours
  FROM seen
 GROUP BY region, age_band, gender, ahead;

-- name: tasks_and_visits
-- How many places were taken of what was published within eight days, and how many visits there were.
SELECT (SELECT coalesce(sum(b.taken), 0) FROM campaigns_budget b JOIN campaigns_campaign c ON c.id = b.campaign_id
         WHERE c.published_at >= %(hour)s - interval '8 days')::float8 AS tasks,
       (SELECT coalesce(sum(visits), 0) FROM dispatch_visit
         WHERE hour >= %(hour)s - interval '8 days')::float8 AS visits;

-- name: interested
-- The share of people who ticked each interest.
SELECT interest, count(*)::float8 / (SELECT greatest(1, count(*)) FROM identity_participant)::float8 AS share
  FROM identity_participant, unnest(interests) AS interest
 GROUP BY interest;

-- name: live_offers
-- Every campaign that places can be had of, oldest first, with its shadow price: what a process keeps of the market.
SELECT c.id, (extract(epoch FROM c.published_at) * 1000000)::bigint AS published, c.organisation_id,
       c.excluded_campaigns, c.kind, c.regions, c.age_bands, c.genders, c.interests,
       coalesce(s.topics, c.interests) AS topics,
       coalesce(extract(epoch FROM c.closes_at)::float8, 'infinity') AS closes,
       c.reward_fen, c.expected_seconds, b.places, b.taken,
       coalesce(s.price, 0) AS price, coalesce(s.step, 0) AS step, coalesce(s.per_hour, 0) AS per_hour,
       coalesce(extract(epoch FROM s.refreshed_at)::float8, 0) AS refreshed,
       b.taken - coalesce(s.taken, b.taken) AS given
  FROM campaigns_campaign c
  JOIN campaigns_budget b ON b.campaign_id = c.id
  LEFT JOIN dispatch_shadowprice s ON s.campaign_id = c.id
 WHERE c.status = 'live'
   AND (c.closes_at IS NULL OR c.closes_at > %(at)s)
   AND b.is_open
   AND b.taken < b.places
   AND b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen >= b.unit_fen
 ORDER BY c.published_at, c.id;

-- name: hall_person
-- Who looks at the hall: profile, bodies they act for, and what they have been in, ids packed into one value.
SELECT p.region, p.age_band, p.gender, p.interests,
       ARRAY(SELECT m.organisation_id FROM identity_membership m WHERE m.user_id = p.user_id) AS organisations,
       (SELECT string_agg(uuid_send(x.campaign_id), ''::bytea) FROM dispatch_participation x
         WHERE x.participant_id = p.user_id) AS been
  FROM identity_participant p
 WHERE p.user_id = %(participant)s AND p.standing <> 'suspended';

-- name: halt_claims
-- The other side of the shared lock that every claim takes first.
SELECT pg_advisory_xact_lock(hashtext('dispatch_claim'));
