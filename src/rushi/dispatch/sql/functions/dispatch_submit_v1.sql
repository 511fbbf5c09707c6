-- Hands in started assignments whose lease still runs and sets the day by which silence accepts them; returns the
-- ids handed in by this call. A replay returns nothing and changes nothing.
CREATE FUNCTION dispatch_submit_v1(ids uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM 1 FROM dispatch_assignment a WHERE a.id = ANY (ids) ORDER BY a.id FOR NO KEY UPDATE;
  RETURN QUERY
  UPDATE dispatch_assignment a
     SET status = 'submitted', submitted_at = at, decision_due_at = at + make_interval(days => c.auto_accept_days)
    FROM campaigns_campaign c
   WHERE a.id = ANY (ids) AND c.id = a.campaign_id
     AND a.status = 'started' AND a.lease_expires_at > at
  RETURNING a.id;
END
$$;
