-- Locks the budgets of these campaigns in ascending order: the one order in which budget rows are ever locked. Every
-- caller that changes budgets calls this first with its whole batch and reads what it needs in its next statement.
-- Campaigns without a budget (not funded) are passed over.
CREATE FUNCTION campaigns_lock_budgets_v2(ids uuid[])
RETURNS void
LANGUAGE plpgsql  -- planned as its caller sets
AS $$
BEGIN
  PERFORM 1 FROM campaigns_budget b
    WHERE b.campaign_id = ANY (ids)
    ORDER BY b.campaign_id
      FOR NO KEY UPDATE;
END
$$;
