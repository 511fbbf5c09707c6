-- name: at_hand
-- People's own assignments before they are handed in, by their place in the batch; the digest names the content that
-- was approved.
SELECT w.place, a.campaign_id, c.approved_digest, a.submitted_at IS NOT NULL
  FROM unnest(%(assignments)s::uuid[], %(participants)s::uuid[]) WITH ORDINALITY AS w (id, participant_id, place)
  JOIN dispatch_assignment a ON a.id = w.id AND a.participant_id = w.participant_id
  JOIN campaigns_campaign c ON c.id = a.campaign_id;

-- name: campaigns_to_fold
-- Campaigns of which enough waits to be folded, or something older than an hour (no report shall depend on rows that
-- retention may drop). A walk over what is not tallied yet, which the sweep keeps short.
SELECT u.campaign_id AS id
  FROM evidence_untallied u
 GROUP BY u.campaign_id
HAVING sum(cardinality(u.assignment_ids)) >= %(enough)s OR bool_or(u.first_id < evidence_first_id_v1(%(before)s))
 ORDER BY sum(cardinality(u.assignment_ids)) DESC, u.campaign_id;
