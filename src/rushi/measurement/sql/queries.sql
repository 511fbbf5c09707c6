-- name: market_totals
-- The public front page's figures in one statement: all settled work, and the medians of the newest 1,000 tasks that
-- are decided (a median over everything would grow with the market and say nothing about today). Newest by claim: that
-- is the order of the keys, so that a thousand rows are read however many there are.
WITH latest AS (
    SELECT v.outcome,
           extract(epoch FROM v.decided_at - s.submitted_at) AS decision_seconds,
           a.reward_fen * 3600000.0 / nullif(s.watched_ms + s.answer_ms, 0) AS hourly_fen
    FROM (SELECT * FROM verdicts_verdict ORDER BY assignment_id DESC LIMIT 1000) v
    CROSS JOIN LATERAL (SELECT * FROM evidence_submission e WHERE e.assignment_id = v.assignment_id OFFSET 0) s
    CROSS JOIN LATERAL (SELECT * FROM dispatch_assignment b WHERE b.id = v.assignment_id OFFSET 0) a
)
SELECT ledger_rewards_paid_v1() AS paid_fen,
       coalesce((SELECT sum(accepted) FROM campaigns_budget), 0)::bigint AS accepted_count,
       (SELECT count(*) FROM campaigns_campaign WHERE status = 'live') AS live_count,
       (SELECT (10000 * count(*) FILTER (WHERE outcome = 'accepted') / nullif(count(*), 0))::int FROM latest)
           AS accepted_bps,
       (SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY decision_seconds))::int FROM latest)
           AS decision_seconds_median,
       (SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY hourly_fen))::int FROM latest WHERE outcome = 'accepted')
           AS hourly_fen_median;

-- name: report_progress
-- One campaign's facts from the counters it keeps: places, what is done, what is under way (taken and not done; of it
-- the part handed in waits in dispatch_undecided), money. Nothing here grows with the campaign.
SELECT c.title, c.kind, c.status, c.organisation_id, c.published_at, c.closed_at, c.reward_fen,
       coalesce(b.places, c.places_wanted) AS places,
       coalesce(b.budget_fen, 0) AS budget_fen, coalesce(b.spent_fen, 0) AS spent_fen,
       greatest(0, coalesce(b.taken - b.accepted + b.overturned, 0) - waiting.n)::int AS working, waiting.n AS in_review,
       coalesce(b.accepted, 0) AS accepted
FROM campaigns_campaign c
LEFT JOIN campaigns_budget b ON b.campaign_id = c.id
CROSS JOIN LATERAL (
    SELECT count(*)::int AS n
    FROM dispatch_undecided u
    JOIN dispatch_assignment a ON a.id = u.assignment_id
    WHERE a.campaign_id = c.id
) waiting
WHERE c.id = %(campaign)s;

-- name: report_tally
-- Everything a report counts, in one statement so that it is exact at every moment: the tally, and with it what was
-- accepted since and is not folded in yet. Accepted work only: verdicts are final there.
SELECT t.topic, t.subject, t.key, sum(t.n)::bigint AS n
FROM (
    SELECT f.topic, f.subject, f.key, f.n FROM evidence_tally f WHERE f.campaign_id = %(campaign)s
    UNION ALL
    SELECT r.topic, r.subject, r.key, r.n
    FROM evidence_counts_v1(%(campaign)s, ARRAY(
        SELECT w.id FROM evidence_untallied u CROSS JOIN LATERAL unnest(u.assignment_ids) AS w (id)
        WHERE u.campaign_id = %(campaign)s)) AS r
) t
GROUP BY t.topic, t.subject, t.key
HAVING sum(t.n) <> 0;

-- name: report_comments
-- The newest comments of accepted people, a page at a time by submission (ids are in the order of claims). A submission
-- with several comments is never cut in two: the page takes all of its last one. Who wrote words is walked backwards by
-- an index of its own and left at a full page (OFFSET 0 keeps the look at the state a look-up): a page costs the same
-- whatever was said before.
SELECT w.assignment_id AS id, s.text, q.text AS question,
       w.choices[array_position(w.questions, %(question)s::uuid)] AS choice
FROM (
    SELECT x.assignment_id, x.questions, x.choices, x.texts
    FROM evidence_answers x
    WHERE x.campaign_id = %(campaign)s AND cardinality(x.texts) > 0
      AND (%(before)s::uuid IS NULL OR x.assignment_id < %(before)s::uuid)
      AND EXISTS (SELECT FROM dispatch_assignment a WHERE a.id = x.assignment_id AND a.status = 'accepted' OFFSET 0)
    ORDER BY x.assignment_id DESC
    LIMIT %(limit)s
) w
CROSS JOIN LATERAL unnest(w.questions, w.texts) AS s (question_id, text)
JOIN campaigns_question q ON q.id = s.question_id AND q.kind = 'text'
WHERE btrim(s.text) <> ''
ORDER BY w.assignment_id DESC, q.position;

-- name: export_submissions
-- Accepted submissions for the advertiser's file, oldest first: facts, segment, free looks. Answers come apart.
SELECT a.id, a.participant_id, s.submitted_at, a.region, a.age_band, a.gender, s.coverage_bps, s.watched_ms,
       (s.watched_ms + s.answer_ms) / 1000 AS seconds, a.reward_fen,
       looks.cuts, looks.left_ms
FROM dispatch_assignment a
JOIN evidence_submission s ON s.assignment_id = a.id
LEFT JOIN LATERAL (
    SELECT array_agg(f.cut ORDER BY f.cut) AS cuts, array_agg(f.left_at_ms ORDER BY f.cut) AS left_ms
    FROM evidence_freelook f WHERE f.assignment_id = a.id
) looks ON true
WHERE a.campaign_id = %(campaign)s AND a.status = 'accepted'
ORDER BY s.submitted_at, a.id;

-- name: export_answers
-- The answers of accepted submissions, for the same file.
SELECT w.assignment_id, s.question_id, s.choice, coalesce(s.text, '') AS text
FROM dispatch_assignment a
JOIN evidence_answers w ON w.assignment_id = a.id
CROSS JOIN LATERAL unnest(w.questions, w.choices, w.texts) AS s (question_id, choice, text)
WHERE a.campaign_id = %(campaign)s AND a.status = 'accepted';
