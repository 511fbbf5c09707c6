-- name: market_totals
-- The public front page's figures in one statement: all settled work, and the medians of the newest 1,000 tasks
-- (a median over everything would grow with the market and say nothing about today).
WITH latest AS (
    SELECT v.outcome,
           extract(epoch FROM v.decided_at - s.submitted_at) AS decision_seconds,
           a.reward_fen * 3600.0 / nullif(extract(epoch FROM s.active_to - s.active_from), 0) AS hourly_fen
    FROM verdicts_verdict v
    JOIN evidence_submission s ON s.assignment_id = v.assignment_id
    JOIN dispatch_assignment a ON a.id = v.assignment_id
    ORDER BY v.decided_at DESC
    LIMIT 1000
)
SELECT coalesce((SELECT sum(credited_fen) FROM ledger_account
                 WHERE kind IN ('participant_pending', 'participant_available')), 0)::bigint AS paid_fen,
       coalesce((SELECT sum(accepted) FROM campaigns_budget), 0)::bigint AS accepted_count,
       (SELECT count(*) FROM campaigns_campaign WHERE status = 'live') AS live_count,
       (SELECT (10000 * count(*) FILTER (WHERE outcome = 'accepted') / nullif(count(*), 0))::int FROM latest)
           AS accepted_bps,
       (SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY decision_seconds))::int FROM latest)
           AS decision_seconds_median,
       (SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY hourly_fen))::int FROM latest WHERE outcome = 'accepted')
           AS hourly_fen_median;
