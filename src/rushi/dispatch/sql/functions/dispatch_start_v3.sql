-- Starts claimed assignments whose lease still runs; returns those that are started now (a replay returns them too).
-- Never earlier than the claim, also when the clock was put back in between.
-- The index hands the rows over in the order of their ids, which is the order of locks. The ids are bracketed, so
-- that only the partitions of their days are opened.
CREATE FUNCTION dispatch_start_v3(ids uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sorted CONSTANT uuid[] := ARRAY(SELECT DISTINCT i FROM unnest(ids) AS t (i) ORDER BY i);
  first CONSTANT uuid := sorted[1];
  last CONSTANT uuid := sorted[cardinality(sorted)];
  moved integer;
BEGIN
  UPDATE dispatch_assignment a SET status = 'started', started_at = greatest(at, a.claimed_at)
   WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last
     AND a.status = 'claimed' AND a.lease_expires_at > at;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved = cardinality(sorted) THEN
    RETURN QUERY SELECT unnest(sorted);
  ELSE
    RETURN QUERY
    SELECT a.id FROM dispatch_assignment a
     WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last
       AND a.status = 'started' AND a.lease_expires_at > at;
  END IF;
END
$$;
