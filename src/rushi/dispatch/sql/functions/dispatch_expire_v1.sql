-- Ends up to `wanted` leases that ran out and reopens their places at once; the day's cap does not give back, an
-- unused lease kept somebody else out. Candidates are read without a lock, then budgets are locked, then
-- the assignments; those that somebody is handing in this moment are left (SKIP LOCKED) to that somebody.
CREATE FUNCTION dispatch_expire_v1(at timestamptz, wanted integer)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  due uuid[];
  moved uuid[];
BEGIN
  due := ARRAY(SELECT a.id FROM dispatch_assignment a
                WHERE a.lease_expires_at <= at AND a.status IN ('claimed', 'started')
                ORDER BY a.lease_expires_at LIMIT wanted);
  PERFORM 1 FROM campaigns_lock_budgets_v1(
    ARRAY(SELECT DISTINCT a.campaign_id FROM dispatch_assignment a WHERE a.id = ANY (due)));

  WITH locked AS (
    SELECT a.id FROM dispatch_assignment a
     WHERE a.id = ANY (due) AND a.status IN ('claimed', 'started')
     ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED
  ), expired AS (
    UPDATE dispatch_assignment a SET status = 'expired', closed_at = at
      FROM locked l WHERE a.id = l.id
    RETURNING a.id)
  SELECT array_agg(e.id) INTO moved FROM expired e;

  PERFORM campaigns_give_back_v1(array_agg(u.campaign_id), array_agg(u.n), array_agg(u.fen))
     FROM (SELECT a.campaign_id, count(*)::integer AS n, sum(a.unit_fen)::bigint AS fen
             FROM dispatch_assignment a WHERE a.id = ANY (moved) GROUP BY 1) AS u
   HAVING count(*) > 0;
  RETURN QUERY SELECT unnest(moved);
END
$$;
