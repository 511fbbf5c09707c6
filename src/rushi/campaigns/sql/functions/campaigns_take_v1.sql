-- Takes places for claims: n more are taken and their whole unit price is promised. The budgets are locked already
-- (campaigns_lock_budgets_v1) and the caller admitted no more than there is room for; the row's CHECKs refuse
-- whatever would oversell or overspend. The same campaign may stand in the batch more than once.
CREATE FUNCTION campaigns_take_v1(ids uuid[], counts integer[])
RETURNS void
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  UPDATE campaigns_budget b
     SET taken = b.taken + u.n,
         reserved_fen = b.reserved_fen + u.n * b.unit_fen
    FROM (SELECT id, sum(n)::integer AS n
            FROM unnest(ids, counts) AS t (id, n)
           GROUP BY id) u
   WHERE b.campaign_id = u.id
$$;
