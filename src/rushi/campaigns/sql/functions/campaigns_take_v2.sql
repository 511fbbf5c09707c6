-- Takes places for claims: n more are taken and their whole unit price is promised. One row a campaign. The budgets
-- are locked already (campaigns_lock_budgets_v2) and the caller admitted no more than there is room for; the row's
-- CHECKs refuse whatever would oversell or overspend.
CREATE FUNCTION campaigns_take_v2(ids uuid[], counts integer[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  UPDATE campaigns_budget b
     SET taken = b.taken + u.n,
         reserved_fen = b.reserved_fen + u.n * b.unit_fen
    FROM (SELECT t.id, sum(t.n)::integer AS n FROM unnest(ids, counts) AS t (id, n) GROUP BY t.id) AS u
   WHERE b.campaign_id = u.id;
END
$$;
