-- Starts the watches of a whole batch, or starts them again: the assignment becomes `started`, its new nonce voids every
-- earlier token. One row an item comes back, in order: outcome started | not_found | lease_over, the campaign with the
-- digest of what was approved, and the newest state that was written down (null at the first start).
CREATE FUNCTION evidence_start_v3(ids uuid[], participants uuid[], nonces uuid[], at timestamptz)
RETURNS TABLE (outcome text, campaign_id uuid, approved_digest text, state jsonb)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 DESC LIMIT 1);
  campaigns uuid[];
  outcomes text[];
BEGIN
  -- OFFSET 0 keeps each look-up a look-up: a day that was empty when the plan was made is else walked once an item.
  PERFORM 1 FROM dispatch_start_v3(ARRAY(
    SELECT r.id FROM unnest(ids, participants) AS r (id, participant)
     CROSS JOIN LATERAL (SELECT b.participant_id FROM dispatch_assignment b
                          WHERE b.id = r.id AND b.id BETWEEN low AND high OFFSET 0) AS a
     WHERE a.participant_id = r.participant), at);

  SELECT array_agg(a.campaign_id ORDER BY r.ord),
         array_agg(CASE WHEN a.participant_id IS DISTINCT FROM r.participant THEN 'not_found'
                        WHEN a.status = 'started' AND a.lease_expires_at > at THEN 'started'
                        ELSE 'lease_over' END ORDER BY r.ord)
    INTO campaigns, outcomes
    FROM unnest(ids, participants) WITH ORDINALITY AS r (id, participant, ord)
    LEFT JOIN LATERAL (SELECT b.participant_id, b.status, b.lease_expires_at, b.campaign_id FROM dispatch_assignment b
                        WHERE b.id = r.id AND b.id BETWEEN low AND high OFFSET 0) AS a ON true;

  INSERT INTO evidence_watch AS w (assignment_id, nonce, started_at, restarts)
  SELECT DISTINCT ON (r.id) r.id, r.nonce, at, 0
    FROM unnest(ids, nonces, outcomes) AS r (id, nonce, outcome)
   WHERE r.outcome = 'started'
   ORDER BY r.id
      ON CONFLICT (assignment_id) DO UPDATE
     SET nonce = EXCLUDED.nonce, restarts = least(w.restarts + 1, 30000);

  RETURN QUERY
  SELECT r.outcome, r.campaign_id, c.approved_digest::text, k.state
    FROM unnest(ids, outcomes, campaigns) WITH ORDINALITY AS r (id, outcome, campaign_id, ord)
    LEFT JOIN campaigns_campaign c ON c.id = r.campaign_id
    LEFT JOIN LATERAL (SELECT p.state FROM evidence_checkpoint p
                        WHERE p.assignment_id = r.id AND p.assignment_id BETWEEN low AND high
                        ORDER BY p.slot DESC LIMIT 1) AS k ON r.outcome = 'started'
   ORDER BY r.ord;
END
$$;
