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
-- Every answer answers a question of the campaign that was worked on, once, by a choice or in words.
SELECT w.assignment_id, w.questions
  FROM evidence_answers w
  JOIN dispatch_assignment a ON a.id = w.assignment_id
 WHERE w.campaign_id <> a.campaign_id
    OR cardinality(w.choices) <> cardinality(w.questions)
    OR cardinality(w.texts) NOT IN (0, cardinality(w.questions))
    OR cardinality(w.questions) <> (SELECT count(DISTINCT q.id) FROM campaigns_question q
                                     WHERE q.campaign_id = a.campaign_id AND q.id = ANY (w.questions));

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
-- What reports count, folded or waiting to be, is exactly what all accepted submissions say.
WITH kept AS (
  SELECT t.campaign_id, t.topic, t.subject, t.key, t.n FROM evidence_tally t WHERE t.topic <> 'rejected'
   UNION ALL
  SELECT u.campaign_id, c.topic, c.subject, c.key, c.n
    FROM (SELECT t.campaign_id, array_agg(w.id) AS ids
            FROM evidence_untallied t CROSS JOIN LATERAL unnest(t.assignment_ids) AS w (id) GROUP BY t.campaign_id) AS u
   CROSS JOIN LATERAL evidence_counts_v1(u.campaign_id, u.ids) AS c
), said AS (
  SELECT a.campaign_id, c.topic, c.subject, c.key, -c.n AS n
    FROM (SELECT campaign_id, array_agg(id) AS ids FROM dispatch_assignment
           WHERE status = 'accepted' GROUP BY campaign_id) AS a
   CROSS JOIN LATERAL evidence_counts_v1(a.campaign_id, a.ids) AS c
)
SELECT x.campaign_id, x.topic, x.subject, x.key, sum(x.n) AS too_many
  FROM (SELECT * FROM kept UNION ALL SELECT * FROM said) AS x
 GROUP BY x.campaign_id, x.topic, x.subject, x.key
HAVING sum(x.n) <> 0;
