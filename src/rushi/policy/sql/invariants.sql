-- name: approved_content_was_approved_by_a_person
-- Whatever passed the gate has a reviewer's approval of exactly the digest that is pinned.
SELECT c.id, c.status, c.approved_digest FROM campaigns_campaign c
 WHERE c.approved_digest <> ''
   AND NOT EXISTS (SELECT FROM policy_review r
                    WHERE r.campaign_id = c.id AND r.outcome = 'approved' AND r.digest = c.approved_digest);

-- name: blocked_content_was_approved_by_two
-- What the rules block passes only after the advertiser contested it and two different people agreed.
SELECT c.id, c.approved_digest FROM campaigns_campaign c
 WHERE c.approved_digest <> ''
   AND EXISTS (SELECT FROM policy_review r JOIN policy_screening s ON s.id = r.screening_id
                WHERE r.campaign_id = c.id AND r.outcome = 'approved' AND r.digest = c.approved_digest
                  AND s.decision = 'block')
   AND (SELECT count(DISTINCT r.reviewer_id) FROM policy_review r
         WHERE r.campaign_id = c.id AND r.outcome = 'approved' AND r.digest = c.approved_digest) < 2;

-- name: nobody_approves_for_their_own_organisation_today
-- A member of the organisation is not among those who approved what is published now.
SELECT c.id, r.reviewer_id FROM campaigns_campaign c
  JOIN policy_review r ON r.campaign_id = c.id AND r.outcome = 'approved' AND r.digest = c.approved_digest
  JOIN identity_membership m ON m.organisation_id = c.organisation_id AND m.user_id = r.reviewer_id
   AND m.joined_at <= r.at
 WHERE c.approved_digest <> '';

-- name: new_rules_are_in_the_outbox
-- Rules that decided for the first time since the log last caught up wait there.
SELECT s.rules_version
  FROM policy_screening s
  LEFT JOIN transparency_waiting o ON o.subject_id = s.id AND o.kind = 'policy'
 GROUP BY s.rules_version
HAVING count(o.at) = 0
   AND min(s.at) > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity');
