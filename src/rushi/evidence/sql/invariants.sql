-- name: submission_matches_assignment
-- Work that was handed in has a submission, and a submission belongs to work that was handed in.
SELECT coalesce(a.id, e.assignment_id) AS assignment_id, a.status
  FROM dispatch_assignment a
  FULL JOIN evidence_submission e ON e.assignment_id = a.id
 WHERE (e.assignment_id IS NOT NULL) <> coalesce(a.status IN ('submitted', 'in_review', 'accepted', 'rejected'), false);

-- name: submission_has_its_answers
-- As many answers are kept as were handed in, and none without its submission.
SELECT coalesce(e.assignment_id, w.assignment_id) AS assignment_id, e.item_count, cardinality(w.questions) AS n
  FROM evidence_submission e
  FULL JOIN evidence_answers w ON w.assignment_id = e.assignment_id
 WHERE e.item_count IS DISTINCT FROM coalesce(cardinality(w.questions), 0);

-- name: answers_belong_to_the_campaign
-- Every answer answers a question of the campaign that was worked on, once, by a choice or in words. What was asked is
-- looked up once a list of questions, however many people were asked the same.
WITH lists AS (
  SELECT w.campaign_id, w.questions, count(*) AS n,
         (SELECT count(DISTINCT q.id) FROM campaigns_question q
           WHERE q.campaign_id = w.campaign_id AND q.id = ANY (w.questions)) AS known
    FROM evidence_answers w GROUP BY w.campaign_id, w.questions
)
SELECT w.assignment_id, w.questions
  FROM evidence_answers w
  JOIN dispatch_assignment a ON a.id = w.assignment_id
 WHERE w.campaign_id <> a.campaign_id
    OR cardinality(w.choices) <> cardinality(w.questions)
    OR cardinality(w.texts) NOT IN (0, cardinality(w.questions))
 UNION ALL
SELECT l.campaign_id, l.questions FROM lists l WHERE l.known <> cardinality(l.questions);

-- name: watched_fits_real_time
-- Nobody was credited more watching than the time between the first and the last moment of it (slack 750 ms, late packets 3 s).
SELECT assignment_id, watched_ms
  FROM evidence_submission
 WHERE watched_ms > extract(epoch FROM active_to - active_from) * 1000 + 4000;

-- name: attention_is_its_submissions
-- The bulky part of the evidence belongs to a submission of that person and tells of the same time.
SELECT t.assignment_id
  FROM evidence_attention t
  LEFT JOIN evidence_submission e ON e.assignment_id = t.assignment_id
  LEFT JOIN dispatch_assignment a ON a.id = t.assignment_id
 WHERE (t.participant_id, t.active_from, t.active_to) IS DISTINCT FROM (a.participant_id, e.active_from, e.active_to);

-- name: free_look_within_the_clip
-- Nobody left a clip after its end.
SELECT assignment_id, cut FROM evidence_freelook WHERE left_at_ms > duration_ms;

-- name: tally_is_a_recount
-- What reports count is exactly what all accepted submissions say: the tally holds everything accepted except what waits
-- to be folded in, and only accepted work waits, once. Counted again in other words than evidence_counts and in one
-- pass a table, so that ten million submissions take minutes, and a mistake in the one definition would show too.
WITH waiting AS MATERIALIZED (
  SELECT u.campaign_id, w.id FROM evidence_untallied u CROSS JOIN LATERAL unnest(u.assignment_ids) AS w (id)
), asked AS (
  SELECT q.id, q.kind = 'preference' AS is_preference,
         q.id = first_value(q.id) OVER (PARTITION BY q.campaign_id
                                        ORDER BY q.kind NOT IN ('preference', 'reaction'), q.kind <> 'preference', q.position) AS is_main
    FROM campaigns_question q WHERE q.kind <> 'text'
), done AS (
  SELECT a.id, a.campaign_id, a.region, a.age_band, a.gender, e.first_cut,
         round((e.watched_ms + e.answer_ms) / 1000.0)::bigint AS seconds
    FROM dispatch_assignment a JOIN evidence_submission e ON e.assignment_id = a.id
   WHERE a.status = 'accepted' AND NOT EXISTS (SELECT FROM waiting w WHERE w.id = a.id)
), said AS (
  SELECT d.campaign_id, q.id AS question, q.is_main, q.is_preference, d.region, d.age_band, d.gender, d.first_cut,
         w.choice, count(*) AS n
    FROM done d
    JOIN evidence_answers g ON g.assignment_id = d.id
   CROSS JOIN LATERAL unnest(g.questions, g.choices) AS w (question, choice)
    JOIN asked q ON q.id = w.question
   WHERE w.choice <> ''
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
), looked AS (
  SELECT d.campaign_id, l.cut, l.duration_ms,
         CASE WHEN l.left_at_ms >= l.duration_ms - 250 THEN 'end' ELSE (l.left_at_ms / 1000)::text END AS left_in, count(*) AS n
    FROM done d JOIN evidence_freelook l ON l.assignment_id = d.id
   GROUP BY 1, 2, 3, 4
), counted AS (
  SELECT t.campaign_id, t.topic, t.subject, t.key, t.n FROM evidence_tally t WHERE t.topic <> 'rejected'
   UNION ALL
  SELECT s.campaign_id, x.topic, x.subject, s.choice, -s.n
    FROM said s
   CROSS JOIN LATERAL (VALUES ('choice', s.question::text, true), ('region', s.region, s.is_main),
                              ('age_band', s.age_band, s.is_main), ('gender', s.gender, s.is_main),
                              ('first', s.first_cut, s.is_main AND s.is_preference)) AS x (topic, subject, is_counted)
   WHERE x.is_counted
   UNION ALL
  SELECT l.campaign_id, x.topic, l.cut, x.key, -l.n
    FROM looked l CROSS JOIN LATERAL (VALUES ('look', l.left_in), ('duration', l.duration_ms::text)) AS x (topic, key)
   UNION ALL
  SELECT d.campaign_id, 'seconds', '', d.seconds::text, -count(*) FROM done d GROUP BY d.campaign_id, d.seconds
   UNION ALL
  SELECT w.campaign_id, 'waiting', w.id::text, coalesce(a.status, ''), count(*)
    FROM waiting w LEFT JOIN dispatch_assignment a ON a.id = w.id AND a.campaign_id = w.campaign_id
   GROUP BY w.campaign_id, w.id, a.status
  HAVING count(*) <> 1 OR a.status IS DISTINCT FROM 'accepted'
)
SELECT x.campaign_id, x.topic, x.subject, x.key, sum(x.n) AS too_many
  FROM counted x
 GROUP BY x.campaign_id, x.topic, x.subject, x.key
HAVING sum(x.n) <> 0;
