-- name: at_hand
-- A person's own assignment before it is handed in; the digest names the content that was approved.
SELECT a.campaign_id, c.approved_digest, a.submitted_at IS NOT NULL AS is_handed_in
  FROM dispatch_assignment a
  JOIN campaigns_campaign c ON c.id = a.campaign_id
 WHERE a.id = %(assignment)s AND a.participant_id = %(participant)s;

-- name: campaigns_to_fold
-- Campaigns of which enough waits to be folded, or something older than an hour (no report shall depend on rows that
-- retention may drop). An index-only walk over what is not tallied yet, which the sweep keeps short.
SELECT u.campaign_id AS id
  FROM evidence_untallied u
 GROUP BY u.campaign_id
HAVING count(*) >= %(enough)s OR bool_or(u.assignment_id < evidence_first_id_v1(%(before)s))
 ORDER BY count(*) DESC, u.campaign_id;
