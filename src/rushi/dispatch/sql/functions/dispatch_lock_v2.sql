-- Locks what deciding about these assignments will touch, in the one order: budgets, participant-days (a rejection and
-- an appeal won change what a day counts), assignments, each ascending. Whoever changes an assignment and then its
-- budget calls this first. The ids are bracketed, so that only the partitions of their days are opened.
CREATE FUNCTION dispatch_lock_v2(ids uuid[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sorted CONSTANT uuid[] := ARRAY(SELECT DISTINCT i FROM unnest(ids) AS t (i) ORDER BY i);
  first CONSTANT uuid := sorted[1];
  last CONSTANT uuid := sorted[cardinality(sorted)];
  campaigns uuid[];
  people uuid[];
  days date[];
BEGIN
  SELECT array_agg(a.campaign_id), array_agg(a.participant_id), array_agg(a.day) INTO campaigns, people, days
    FROM dispatch_assignment a WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last;
  PERFORM campaigns_lock_budgets_v2(campaigns);
  PERFORM dispatch_lock_days_v1(people, days);
  PERFORM 1 FROM dispatch_assignment a
    WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last
    ORDER BY a.id FOR NO KEY UPDATE;
END
$$;
