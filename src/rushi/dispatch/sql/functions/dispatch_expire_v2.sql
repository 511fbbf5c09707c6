-- Ends up to `wanted` leases that ran out and reopens their places at once; the day's cap does not give back, an
-- unused lease kept somebody else out. Candidates are read without a lock, then budgets, participant-days and
-- assignments are locked; those that somebody is handing in this moment are left (SKIP LOCKED) to that somebody.
-- A sweep begins where the last one ended, less ten minutes (a lease is longer than any claim takes to commit, clocks
-- differ by less); it moves on only past leases that it ended. A clock that went back reads everything once.
CREATE FUNCTION dispatch_expire_v2(at timestamptz, wanted integer)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  since CONSTANT timestamptz := coalesce(
    (SELECT CASE WHEN s.done_until <= at + interval '10 minutes' THEN least(s.done_until, at) - interval '10 minutes' END
       FROM dispatch_leasesweep s WHERE s.id = 1), '-infinity');
  done timestamptz;
  due uuid[];
  campaigns uuid[];
  people uuid[];
  days date[];
  locked uuid[];
  moved uuid[];
  fen bigint[];
BEGIN
  SELECT array_agg(c.id ORDER BY c.id), array_agg(c.campaign_id), array_agg(c.participant_id), array_agg(c.day),
         CASE WHEN count(*) < wanted THEN at ELSE max(c.lease_expires_at) END
    INTO due, campaigns, people, days, done
    FROM (SELECT a.id, a.campaign_id, a.participant_id, a.day, a.lease_expires_at
            FROM dispatch_assignment a
           WHERE a.lease_expires_at > since AND a.lease_expires_at <= at AND a.status IN ('claimed', 'started')
           ORDER BY a.lease_expires_at LIMIT wanted) AS c;
  IF due IS NOT NULL THEN
    PERFORM campaigns_lock_budgets_v2(campaigns);
    PERFORM dispatch_lock_days_v1(people, days);
    locked := ARRAY(SELECT a.id FROM dispatch_assignment a
                     WHERE a.id = ANY (due) AND a.id BETWEEN due[1] AND due[cardinality(due)]
                     ORDER BY a.id FOR NO KEY UPDATE SKIP LOCKED);
    WITH expired AS (
      UPDATE dispatch_assignment a SET status = 'expired', closed_at = at
       WHERE a.id = ANY (locked) AND a.id BETWEEN due[1] AND due[cardinality(due)] AND a.status IN ('claimed', 'started')
      RETURNING a.id, a.campaign_id, a.unit_fen)
    SELECT array_agg(e.id), array_agg(e.campaign_id), array_agg(e.unit_fen) INTO moved, campaigns, fen FROM expired e;
    PERFORM campaigns_give_back_v2(campaigns, array_fill(1, ARRAY[cardinality(moved)]), fen) WHERE moved IS NOT NULL;
  END IF;
  IF cardinality(locked) IS NOT DISTINCT FROM cardinality(due) THEN
    INSERT INTO dispatch_leasesweep AS s (id, done_until) VALUES (1, done)
        ON CONFLICT (id) DO UPDATE SET done_until = EXCLUDED.done_until;
  END IF;
  RETURN QUERY SELECT unnest(moved);
END
$$;
