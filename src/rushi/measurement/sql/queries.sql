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
    FROM evidence_counts_v2(%(campaign)s, ARRAY(
        SELECT u.assignment_id FROM evidence_untallied u WHERE u.campaign_id = %(campaign)s)) AS r
) t
GROUP BY t.topic, t.subject, t.key
HAVING sum(t.n) <> 0;

-- name: report_comments
-- The newest comments of accepted people, a page at a time by submission (ids are in the order of claims). A submission
-- with several comments is never cut in two: the page takes all of its last one. Each question's answers are walked
-- backwards by their key and left at a full page (OFFSET 0 keeps the look at the state a look-up): a page costs the
-- same whatever was said before.
SELECT w.submission_id AS id, w.text, q.text AS question, main.choice AS choice
FROM campaigns_question q
CROSS JOIN LATERAL (
    SELECT x.submission_id, x.text
    FROM evidence_answer x
    WHERE x.question_id = q.id AND btrim(x.text) <> ''
      AND (%(before)s::uuid IS NULL OR x.submission_id < %(before)s::uuid)
      AND EXISTS (SELECT FROM dispatch_assignment a WHERE a.id = x.submission_id AND a.status = 'accepted' OFFSET 0)
    ORDER BY x.submission_id DESC
    LIMIT %(limit)s
) w
LEFT JOIN evidence_answer main ON main.submission_id = w.submission_id AND main.question_id = %(question)s
WHERE q.campaign_id = %(campaign)s AND q.kind = 'text'
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
