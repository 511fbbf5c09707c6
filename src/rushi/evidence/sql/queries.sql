-- name: at_hand
-- A person's own assignment before it is handed in; the digest names the content that was approved.
SELECT a.campaign_id, c.approved_digest, a.submitted_at IS NOT NULL AS is_handed_in
  FROM dispatch_assignment a
  JOIN campaigns_campaign c ON c.id = a.campaign_id
 WHERE a.id = %(assignment)s AND a.participant_id = %(participant)s;
