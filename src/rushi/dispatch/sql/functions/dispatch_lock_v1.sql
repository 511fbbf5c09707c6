-- Locks what deciding about these assignments will touch, in the one order: budgets, then assignments, ascending.
-- Whoever changes an assignment and then its budget calls this first.
CREATE FUNCTION dispatch_lock_v1(ids uuid[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  PERFORM 1 FROM campaigns_lock_budgets_v1(
    ARRAY(SELECT DISTINCT a.campaign_id FROM dispatch_assignment a WHERE a.id = ANY (ids)));
  PERFORM 1 FROM dispatch_assignment a WHERE a.id = ANY (ids) ORDER BY a.id FOR NO KEY UPDATE;
END
$$;
