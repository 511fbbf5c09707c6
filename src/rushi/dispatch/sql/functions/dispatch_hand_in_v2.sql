-- Hands in started assignments and decides about each in one update: accepted, or waiting for a reviewer until silence
-- accepts it. Verdicts call it with budgets and assignments locked and leases checked. Returns the ids that changed.
-- Never earlier than the start, also when the clock was put back in between.
CREATE FUNCTION dispatch_hand_in_v2(ids uuid[], is_accepted boolean[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 DESC LIMIT 1);
BEGIN
  RETURN QUERY
  UPDATE dispatch_assignment a
     SET status = CASE WHEN r.is_accepted THEN 'accepted' ELSE 'in_review' END,
         submitted_at = greatest(at, a.started_at),
         decision_due_at = at + make_interval(days => c.auto_accept_days),
         closed_at = CASE WHEN r.is_accepted THEN at END
    FROM unnest(ids, is_accepted) AS r (id, is_accepted)
   CROSS JOIN campaigns_campaign c
   WHERE a.id = r.id AND a.id BETWEEN low AND high AND c.id = a.campaign_id AND a.status = 'started'
  RETURNING a.id;
END
$$;
