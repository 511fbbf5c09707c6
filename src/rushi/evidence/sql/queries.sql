-- name: one_hand_in_at_a_time
-- Two hand-ins of one person wait for each other, so that the second sees the first one's watching times.
SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(hashtextextended('evidence.hand_in:' || %(participant)s, 0))) AS taken

-- name: overlap
-- Milliseconds in which this watch ran while the same person's other handed-in watches ran. Server times, as
-- multiranges: a person who pauses one task and does another in between overlaps nothing.
WITH mine AS (
  SELECT range_agg(int8range((s ->> 0)::bigint, (s ->> 1)::bigint)) AS spans
    FROM jsonb_array_elements(%(segments)s::jsonb) AS s
), others AS (
  SELECT range_agg(int8range((s ->> 0)::bigint, (s ->> 1)::bigint)) AS spans
    FROM dispatch_assignment a
    JOIN evidence_submission e ON e.assignment_id = a.id
   CROSS JOIN LATERAL jsonb_array_elements(e.attention -> 'segments') AS s
   WHERE a.participant_id = %(participant)s
     AND a.id <> %(assignment)s
     AND a.claimed_at > %(active_from)s::timestamptz - interval '2 days'
     AND e.active_to > %(active_from)s
     AND e.active_from < %(active_to)s
)
SELECT coalesce(sum(upper(x) - lower(x)), 0)::bigint AS overlap_ms
  FROM mine, others, unnest(mine.spans * others.spans) AS x
