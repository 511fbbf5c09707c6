-- Starts the watches of a whole batch, or starts them again: the assignment becomes `started`, its new nonce voids every
-- earlier token. One row an item comes back, in order: outcome started | not_found | lease_over, the campaign with the
-- digest of what was approved, and the newest state that was written down (null at the first start).
CREATE FUNCTION evidence_start_v1(ids uuid[], participants uuid[], nonce uuid, at timestamptz)
RETURNS TABLE (outcome text, campaign_id uuid, approved_digest text, state jsonb)
LANGUAGE sql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
  SELECT s.outcome, s.campaign_id, c.approved_digest::text, k.state
    FROM dispatch_start_v2(ids, participants, nonce, at) WITH ORDINALITY
           AS s (outcome, campaign_id, was_started, ord)
    LEFT JOIN LATERAL (SELECT b.approved_digest FROM campaigns_campaign b WHERE b.id = s.campaign_id OFFSET 0) AS c ON true
    LEFT JOIN LATERAL (SELECT p.state FROM evidence_checkpoint p
                        WHERE p.assignment_id = ids[s.ord] AND s.outcome = 'started' AND s.was_started
                        ORDER BY p.slot DESC LIMIT 1) AS k ON true
   ORDER BY s.ord
$$;
