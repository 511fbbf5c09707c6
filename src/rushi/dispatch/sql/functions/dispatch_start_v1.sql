-- Starts claimed assignments whose lease still runs; returns those that are started now (a replay returns them too).
CREATE FUNCTION dispatch_start_v1(ids uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM 1 FROM dispatch_assignment a WHERE a.id = ANY (ids) ORDER BY a.id FOR NO KEY UPDATE;
  UPDATE dispatch_assignment a SET status = 'started', started_at = at
   WHERE a.id = ANY (ids) AND a.status = 'claimed' AND a.lease_expires_at > at;
  RETURN QUERY SELECT a.id FROM dispatch_assignment a
                WHERE a.id = ANY (ids) AND a.status = 'started' AND a.lease_expires_at > at;
END
$$;
