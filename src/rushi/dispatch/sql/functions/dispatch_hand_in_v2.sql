-- Hands in started assignments and decides about each at once: accepted, or waiting for a reviewer until silence
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
  accepted CONSTANT uuid[] := ARRAY(SELECT r.id FROM unnest(ids, is_accepted) AS r (id, is_accepted) WHERE r.is_accepted);
  doubtful CONSTANT uuid[] := ARRAY(SELECT r.id FROM unnest(ids, is_accepted) AS r (id, is_accepted) WHERE NOT r.is_accepted);
BEGIN
  -- By key only, one update an outcome: joined to the arrays, a day that was empty when the plan was made is walked
  -- once an item.
  RETURN QUERY
  UPDATE dispatch_assignment a
     SET status = 'accepted', submitted_at = greatest(at, a.started_at), closed_at = at,
         decision_due_at = at + make_interval(days => (
           SELECT c.auto_accept_days::integer FROM campaigns_campaign c WHERE c.id = a.campaign_id))
   WHERE a.id = ANY (accepted) AND a.id BETWEEN low AND high AND a.status = 'started'
  RETURNING a.id;
  IF cardinality(doubtful) > 0 THEN
    RETURN QUERY
    UPDATE dispatch_assignment a
       SET status = 'in_review', submitted_at = greatest(at, a.started_at),
           decision_due_at = at + make_interval(days => (
             SELECT c.auto_accept_days::integer FROM campaigns_campaign c WHERE c.id = a.campaign_id))
     WHERE a.id = ANY (doubtful) AND a.id BETWEEN low AND high AND a.status = 'started'
    RETURNING a.id;
  END IF;
END
$$;
