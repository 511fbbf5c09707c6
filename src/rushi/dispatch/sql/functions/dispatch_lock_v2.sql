-- Locks what deciding about these assignments will touch, in the one order: budgets, then assignments, ascending.
-- Whoever changes an assignment and then its budget calls this first. The ids are bracketed, so that only the
-- partitions of their days are opened.
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
BEGIN
  PERFORM campaigns_lock_budgets_v2(ARRAY(
    SELECT DISTINCT a.campaign_id FROM dispatch_assignment a
     WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last));
  PERFORM 1 FROM dispatch_assignment a
    WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last
    ORDER BY a.id FOR NO KEY UPDATE;
END
$$;
