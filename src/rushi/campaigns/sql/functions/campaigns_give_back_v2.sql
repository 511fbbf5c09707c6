-- Reopens places after a return or an expiry: n fewer are taken and the promised fen are free again.
-- The budgets are locked already (campaigns_lock_budgets_v2).
CREATE FUNCTION campaigns_give_back_v2(ids uuid[], counts integer[], fen bigint[])
RETURNS void
LANGUAGE plpgsql  -- planned as its caller sets
AS $$
BEGIN
  UPDATE campaigns_budget b
     SET taken = b.taken - u.n,
         reserved_fen = b.reserved_fen - u.fen
    FROM (SELECT t.id, sum(t.n)::integer AS n, sum(t.fen)::bigint AS fen
            FROM unnest(ids, counts, fen) AS t (id, n, fen)
           GROUP BY t.id) AS u
   WHERE b.campaign_id = u.id;
END
$$;
