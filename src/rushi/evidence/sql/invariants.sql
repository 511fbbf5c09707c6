-- name: submission_matches_assignment
-- Work that was handed in has a submission, and a submission belongs to work that was handed in.
SELECT a.id, a.status
  FROM dispatch_assignment a
  LEFT JOIN evidence_submission e ON e.assignment_id = a.id
 WHERE (e.assignment_id IS NULL) = (a.status IN ('submitted', 'in_review', 'accepted', 'rejected'))

-- name: watched_fits_real_time
-- Nobody was credited more watching than the time between the first and the last moment of it (slack 750 ms, late packets 3 s).
SELECT assignment_id, watched_ms
  FROM evidence_submission
 WHERE watched_ms > extract(epoch FROM active_to - active_from) * 1000 + 4000

-- name: answers_belong_to_the_campaign
-- Every answer answers a question of the campaign that was worked on.
SELECT w.submission_id, w.question_id
  FROM evidence_answer w
  JOIN dispatch_assignment a ON a.id = w.submission_id
  JOIN campaigns_question q ON q.id = w.question_id
 WHERE q.campaign_id <> a.campaign_id

-- name: free_look_within_the_clip
-- Nobody left a clip after its end.
SELECT assignment_id, cut FROM evidence_freelook WHERE left_at_ms > duration_ms
