-- Takes a place of each of these campaigns (as often as it is named) and promises its whole unit price. The budgets are
-- locked already (campaigns_lock_budgets_v2) and the caller admitted no more than there is room for; the row's CHECKs
-- refuse whatever would oversell or overspend. Planned as its caller sets.
CREATE FUNCTION campaigns_take_v2(ids uuid[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE campaigns_budget b
     SET taken = b.taken + u.n,
         reserved_fen = b.reserved_fen + u.n * b.unit_fen
    FROM (SELECT t.id, count(*)::integer AS n FROM unnest(ids) AS t (id) GROUP BY t.id) AS u
   WHERE b.campaign_id = u.id;
END
$$;
