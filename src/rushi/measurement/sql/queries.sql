-- name: market_totals
-- The public front page's figures in one statement: all settled work, and the medians of the newest 1,000 tasks
-- (a median over everything would grow with the market and say nothing about today).
WITH latest AS (
    SELECT v.outcome,
           extract(epoch FROM v.decided_at - s.submitted_at) AS decision_seconds,
           a.reward_fen * 3600000.0 / nullif(s.watched_ms + s.answer_ms, 0) AS hourly_fen
    FROM verdicts_verdict v
    JOIN evidence_submission s ON s.assignment_id = v.assignment_id
    JOIN dispatch_assignment a ON a.id = v.assignment_id
    ORDER BY v.decided_at DESC
    LIMIT 1000
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
-- One campaign's facts: places, how many stand where, money, the median working time of the accepted.
SELECT c.title, c.kind, c.status, c.organisation_id, c.published_at, c.closed_at, c.reward_fen,
       coalesce(b.places, c.places_wanted) AS places,
       coalesce(b.budget_fen, 0) AS budget_fen, coalesce(b.spent_fen, 0) AS spent_fen,
       n.working, n.in_review, n.accepted, n.rejected, n.last_accepted_at, pace.seconds_median
FROM campaigns_campaign c
LEFT JOIN campaigns_budget b ON b.campaign_id = c.id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.status IN ('claimed', 'started'))::int AS working,
           count(*) FILTER (WHERE a.status IN ('submitted', 'in_review'))::int AS in_review,
           count(*) FILTER (WHERE a.status = 'accepted')::int AS accepted,
           count(*) FILTER (WHERE a.status = 'rejected')::int AS rejected,
           max(a.closed_at) FILTER (WHERE a.status = 'accepted') AS last_accepted_at
    FROM dispatch_assignment a
    WHERE a.campaign_id = c.id
) n
CROSS JOIN LATERAL (
    SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY (s.watched_ms + s.answer_ms) / 1000.0))::int
               AS seconds_median
    FROM dispatch_assignment a
    JOIN evidence_submission s ON s.assignment_id = a.id
    WHERE a.campaign_id = c.id AND a.status = 'accepted'
) pace
WHERE c.id = %(campaign)s;

-- name: report_rejections
-- Rejected work by code; an overturned appeal is accepted work and no longer counts here.
SELECT v.code, count(*)::int AS count
FROM dispatch_assignment a
JOIN verdicts_verdict v ON v.assignment_id = a.id
WHERE a.campaign_id = %(campaign)s AND a.status = 'rejected'
GROUP BY v.code
ORDER BY count DESC, v.code;

-- name: report_choices
-- Every closed question with how often each answer was given, over accepted work only: verdicts are final there.
SELECT q.id, q.kind, q.text, q.options, q.right_option, given.choice, coalesce(given.count, 0) AS count
FROM campaigns_question q
LEFT JOIN LATERAL (
    SELECT w.choice, count(*)::int AS count
    FROM evidence_answer w
    JOIN dispatch_assignment a ON a.id = w.submission_id
    WHERE w.question_id = q.id AND w.choice <> '' AND a.status = 'accepted'
    GROUP BY w.choice
) given ON true
WHERE q.campaign_id = %(campaign)s AND q.kind <> 'text'
ORDER BY q.position, given.choice;

-- name: report_segments
-- The main question's answers by region, by age band and by gender, in one pass.
SELECT CASE WHEN grouping(a.region) = 0 THEN 'region'
            WHEN grouping(a.age_band) = 0 THEN 'age_band'
            ELSE 'gender' END AS dimension,
       coalesce(a.region, a.age_band, a.gender) AS value, w.choice, count(*)::int AS count
FROM evidence_answer w
JOIN dispatch_assignment a ON a.id = w.submission_id
WHERE w.question_id = %(question)s AND w.choice <> '' AND a.status = 'accepted'
GROUP BY GROUPING SETS ((a.region, w.choice), (a.age_band, w.choice), (a.gender, w.choice));

-- name: report_retention
-- How many left each cut in each whole second of the free look, and how many saw its end (null: within 250 ms,
-- players stop that much short). Only accepted people: rejected ones were perhaps not watching at all.
SELECT f.cut, max(f.duration_ms) AS duration_ms,
       CASE WHEN f.left_at_ms >= f.duration_ms - 250 THEN NULL ELSE f.left_at_ms / 1000 END AS second,
       count(*)::int AS count
FROM dispatch_assignment a
JOIN evidence_freelook f ON f.assignment_id = a.id
WHERE a.campaign_id = %(campaign)s AND a.status = 'accepted'
GROUP BY 1, 3
ORDER BY 1, 3;

-- name: report_order
-- The preference question by which cut was met first, for the order effect.
SELECT s.first_cut, w.choice, count(*)::int AS count
FROM evidence_answer w
JOIN dispatch_assignment a ON a.id = w.submission_id
JOIN evidence_submission s ON s.assignment_id = a.id
WHERE w.question_id = %(question)s AND w.choice <> '' AND a.status = 'accepted'
GROUP BY 1, 2;

-- name: report_comments
-- The newest comments of accepted people, a page at a time by submission (ids are in the order of claims). A submission
-- with several comments is never cut in two: the page takes all of its last one.
SELECT w.submission_id AS id, w.text, q.text AS question, main.choice AS choice
FROM campaigns_question q
JOIN evidence_answer w ON w.question_id = q.id
JOIN dispatch_assignment a ON a.id = w.submission_id
LEFT JOIN evidence_answer main ON main.submission_id = w.submission_id AND main.question_id = %(question)s
WHERE q.campaign_id = %(campaign)s AND q.kind = 'text' AND a.status = 'accepted' AND btrim(w.text) <> ''
  AND (%(before)s::uuid IS NULL OR w.submission_id < %(before)s::uuid)
ORDER BY w.submission_id DESC
FETCH FIRST %(limit)s ROWS WITH TIES;

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
SELECT w.submission_id, w.question_id, w.choice, w.text
FROM campaigns_question q
JOIN evidence_answer w ON w.question_id = q.id
JOIN dispatch_assignment a ON a.id = w.submission_id
WHERE q.campaign_id = %(campaign)s AND a.status = 'accepted';
